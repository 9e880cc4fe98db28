package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.rwlock.Hold;
import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** Redis is not there, does not answer, or refuses. */
class RedisDownTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** What a call with a time-out of 1 s may take, on a machine that is busy. */
    private static final Duration IN_TIME = Duration.ofMillis(1300);

    private RedisNode redis;
    private RedissonClient client;
    private DistributedReadWriteLock lock;

    @BeforeEach
    void start() throws Exception {
        redis = RedisNode.start();
        client = RedisClients.single(redis.address());
        lock = LockProcess.open(client, LEASE);
        lock.write().close();
    }

    @AfterEach
    void stop() throws Exception {
        lock.close();
        client.shutdown();
        redis.close();
    }

    private static Duration timed(Timed call) throws Exception {
        long start = System.nanoTime();
        call.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private interface Timed {
        void run() throws Exception;
    }

    @Test
    void write_whenRedisIsDead_saysSoInTime() throws Exception {
        redis.kill();
        for (int i = 0; i < 3; i++) {
            assertThat(timed(() -> assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                            .isInstanceOf(RedisUnavailableException.class)
                            .hasMessageContaining("lock=book, address=" + redis.address())))
                    .isLessThan(IN_TIME);
        }
    }

    @Test
    void tryLock_whenRedisIsDead_returnsInTime() throws Exception {
        Lock view = lock.asReadWriteLock().writeLock();
        redis.kill();
        assertThat(timed(() -> assertThatThrownBy(() -> view.tryLock(1, TimeUnit.SECONDS))
                        .isInstanceOf(RedisLockException.class)))
                .isLessThan(IN_TIME);
        assertThat(timed(() -> assertThatThrownBy(view::tryLock).isInstanceOf(RedisLockException.class)))
                .isLessThan(IN_TIME);
    }

    @Test
    void write_whenRedisDoesNotAnswer_saysSoInTimeAndLeavesNothingBehind() throws Exception {
        redis.pause();
        assertThat(timed(() -> assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                        .isInstanceOf(RedisLockException.class)
                        .isNotInstanceOf(RedisAccessException.class)))
                .isLessThan(IN_TIME);
        redis.resume();
        // The server now does what it was asked while it was stopped; that is taken back, or over with the lease.
        Conditions.await(
                "nobody holds", LEASE.plusSeconds(1), () -> lock.parties().isEmpty());
    }

    @Test
    void write_whenRedisIsBackWithinALease_goesOn() throws Exception {
        redis.kill();
        CompletableFuture<Hold> waiting = lock.writeAsync(LIMIT);
        redis.startAgain();
        long back = System.nanoTime();
        waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS).close();
        assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void hold_whenRedisIsDeadBeyondTheLease_isLostByTheLocalClock() throws Exception {
        Hold hold = lock.write();
        CompletableFuture<Long> lost = new CompletableFuture<>();
        hold.onLost(() -> lost.complete(System.nanoTime()));
        long killed = System.nanoTime();
        redis.kill();
        assertThat(hold.isValid()).isTrue();
        long after = lost.get(LIMIT.toSeconds(), TimeUnit.SECONDS) - killed;
        assertThat(Duration.ofNanos(after)).isBetween(Duration.ofMillis(300), LEASE.plusMillis(200));
        assertThat(hold.isValid()).isFalse();
        assertThat(timed(() -> assertThatThrownBy(hold::close)
                        .isInstanceOf(HoldLostException.class)
                        .hasMessageContaining("the lease ran out before Redis renewed it")))
                .isLessThan(IN_TIME);
    }

    @Test
    void write_whenTheMemoryIsFull_saysSo() throws Exception {
        redis.ask("CONFIG", "SET", "maxmemory", "1");
        assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                .isInstanceOf(RedisMemoryException.class)
                .hasMessageContaining("lock=book, address=" + redis.address());
        redis.ask("CONFIG", "SET", "maxmemory", "0");
        lock.write().close();
    }

    @Test
    void write_whenTheClientMayNotRunScripts_saysSo() throws Exception {
        redis.ask("ACL", "SETUSER", "default", "-evalsha", "-eval");
        assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                .isInstanceOf(RedisAccessException.class)
                .hasMessageContaining("lock=book, address=" + redis.address());
    }

    @Test
    void write_onAReplica_saysSo() throws Exception {
        redis.ask("REPLICAOF", RedisNode.HOST, String.valueOf(RedisNode.freePort()));
        assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                .isInstanceOf(RedisReadOnlyException.class)
                .hasMessageContaining("lock=book, address=" + redis.address());
        redis.ask("REPLICAOF", "NO", "ONE");
        lock.write().close();
    }

    @Test
    void write_whenTooFewReplicasAreThere_saysThatItIsNotAvailable() throws Exception {
        redis.ask("CONFIG", "SET", "min-replicas-to-write", "1");
        assertThatThrownBy(() -> lock.write(Duration.ofSeconds(1)))
                .isInstanceOf(RedisUnavailableException.class)
                .hasMessageContaining("lock=book, address=" + redis.address());
        redis.ask("CONFIG", "SET", "min-replicas-to-write", "0");
        lock.write().close();
    }
}
