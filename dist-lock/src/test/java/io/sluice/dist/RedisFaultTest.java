package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.Hold;
import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/**
 * Redis fails under load, and comes back: every write that the resource took was seen by the next one, everybody is
 * served again within 3 s, and nothing is held longer than a lease.
 */
@Tag("kill")
class RedisFaultTest {
    private static final int CLIENTS = 3;
    private static final int FAULTS = Stress.choose(2, 40);
    private static final Duration BACK_IN_USE = Duration.ofSeconds(3);
    private static final Duration LEASE = LockLoad.LEASE;

    private final List<RedissonClient> clients = new ArrayList<>();
    private TemporaryDomain directory;
    private Domain domain;
    private FencedResource counter;

    @BeforeEach
    void openResource() throws Exception {
        directory = new TemporaryDomain();
        domain = directory.open();
        counter = MappedFencedResource.open(domain, "counter", Long.BYTES);
    }

    @AfterEach
    void closeAll() {
        clients.forEach(RedissonClient::shutdown);
        domain.close();
        directory.close();
    }

    private LockLoad load(Supplier<RedissonClient> client) {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(client.get());
        }
        return new LockLoad(counter, clients);
    }

    private LockLoad load(String address) {
        return load(() -> RedisClients.single(address));
    }

    private interface Fault {
        void happen() throws Exception;
    }

    /** The load meets the fault, again and again. */
    private void meet(LockLoad load, Fault fault) throws Exception {
        for (int i = 0; i < FAULTS; i++) {
            load.awaitAllServed();
            fault.happen();
            assertThat(load.awaitAllServed())
                    .as("fault %d, failures %s", i, load.failures())
                    .isLessThan(BACK_IN_USE);
        }
        assertNothingWasLost(load);
    }

    /** Also that nothing stays held. */
    private void assertNothingWasLost(LockLoad load) throws Exception {
        load.end();
        long ended = System.nanoTime();
        assertThat(load.failures()).noneMatch(failure -> failure.startsWith("UNEXPECTED"));
        assertThat(load.count())
                .as("failures %s, refused %d", load.failures(), load.refused())
                .isEqualTo(load.written())
                .isPositive();
        try (DistributedReadWriteLock lock = LockProcess.open(clients.get(0), LEASE)) {
            lock.write(Duration.ofSeconds(5)).close();
            assertThat(Duration.ofNanos(System.nanoTime() - ended)).isLessThan(LEASE.plusMillis(500));
            Conditions.await(
                    "nobody holds or waits",
                    LEASE.plusSeconds(3),
                    () -> lock.parties().isEmpty());
        }
    }

    @Test
    void redis_killedAndStartedEmpty() throws Exception {
        try (RedisNode redis = RedisNode.start();
                LockLoad load = load(redis.address())) {
            meet(load, () -> {
                redis.kill();
                redis.startAgain();
            });
        }
    }

    @Test
    void redis_paused() throws Exception {
        try (RedisNode redis = RedisNode.start();
                LockLoad load = load(redis.address())) {
            load.awaitAllServed();
            redis.pause();
            after(Duration.ofSeconds(5), redis::resume);
            assertThat(load.awaitAllServed()).isLessThan(BACK_IN_USE);
            assertNothingWasLost(load);
        }
    }

    private static void after(Duration delay, Fault end) throws Exception {
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        try {
            clock.schedule(
                            () -> {
                                end.happen();
                                return null;
                            },
                            delay.toMillis(),
                            TimeUnit.MILLISECONDS)
                    .get();
        } finally {
            clock.shutdown();
        }
    }

    @Test
    void primary_killed_andItsReplicaPromoted() throws Exception {
        try (RedisGroup group = RedisGroup.withSentinel();
                LockLoad load = load(() -> RedisClients.sentinel(group.node(2)))) {
            load.awaitAllServed();
            group.node(0).kill();
            Conditions.await(
                    "promoted", Duration.ofSeconds(20), () -> group.node(1).isPrimary());
            assertThat(load.awaitAllServed()).as("failures %s", load.failures()).isLessThan(BACK_IN_USE);
            assertNothingWasLost(load);
        }
    }

    @Test
    void messages_allLost() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis);
                LockLoad load = load(proxy.address())) {
            load.awaitAllServed();
            proxy.dropMessages(true);
            for (int i = 0; i < FAULTS; i++) {
                // Each of six waits for its turn, a second at a time; nobody waits for ever.
                assertThat(load.awaitAllServed()).isLessThan(Duration.ofSeconds(15));
            }
            assertThat(proxy.dropped()).isPositive();
            assertNothingWasLost(load);
            assertThat(load.overlaps()).isZero();
        }
    }

    @Test
    void writer_whoseMessageIsLost_asksAgainWithinASecond() throws Exception {
        awaitWithoutMessage(DistributedReadWriteLock::writeAsync);
    }

    @Test
    void reader_whoseMessageIsLost_asksAgainWithinASecond() throws Exception {
        awaitWithoutMessage(DistributedReadWriteLock::readAsync);
    }

    /** The lease is long: only asking again gets it in. */
    private void awaitWithoutMessage(Function<DistributedReadWriteLock, CompletableFuture<Hold>> asking)
            throws Exception {
        Duration lease = Duration.ofSeconds(30);
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis)) {
            clients.add(RedisClients.single(proxy.address()));
            clients.add(RedisClients.single(redis.address()));
            try (DistributedReadWriteLock lock = LockProcess.open(clients.get(0), lease);
                    DistributedReadWriteLock other = LockProcess.open(clients.get(1), lease)) {
                proxy.dropMessages(true);
                Hold before = other.write();
                CompletableFuture<Hold> waiting = asking.apply(lock);
                Conditions.await("it waits", BACK_IN_USE, () -> lock.parties().size() == 2);
                before.close();
                long released = System.nanoTime();
                waiting.get(BACK_IN_USE.toSeconds(), TimeUnit.SECONDS).close();
                assertThat(Duration.ofNanos(System.nanoTime() - released)).isLessThan(Duration.ofMillis(1300));
            }
        }
    }

    @Test
    void scripts_flushed() throws Exception {
        try (RedisNode redis = RedisNode.start();
                LockLoad load = load(redis.address())) {
            meet(load, () -> redis.ask("SCRIPT", "FLUSH"));
            assertThat(load.overlaps()).isZero();
            assertThat(load.refused()).isZero();
        }
    }

    @Test
    void connections_allCut() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis);
                LockLoad load = load(proxy.address())) {
            meet(load, () -> {
                proxy.cutAll(true);
                after(Duration.ofMillis(1500), () -> proxy.cutAll(false)); // longer than a lease
            });
        }
    }

    @Test
    void connection_cutInTheMiddleOfRequests() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis);
                LockLoad load = load(proxy.address())) {
            int cuts = 0;
            for (int i = 0; i < FAULTS; i++) {
                for (CutProxy.Cut cut : CutProxy.Cut.values()) {
                    for (String script : List.of("write.lua", "read.lua")) {
                        proxy.cutAt(LuaScript.load(script).sha(), cut);
                        cuts++;
                        int expected = cuts;
                        Conditions.await("cut", BACK_IN_USE, () -> proxy.cuts() == expected);
                        assertThat(load.awaitAllServed()).isLessThan(BACK_IN_USE);
                    }
                }
            }
            assertNothingWasLost(load);
            assertThat(load.overlaps()).isZero();
            assertThat(load.refused()).isZero();
        }
    }

    @Test
    void write_cutBeforeItsAnswer_isAskedAgainAndTakenOnce() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis)) {
            clients.add(RedisClients.single(proxy.address()));
            clients.add(RedisClients.single(redis.address()));
            try (DistributedReadWriteLock lock = LockProcess.open(clients.get(0), Duration.ofSeconds(10));
                    DistributedReadWriteLock other = LockProcess.open(clients.get(1), Duration.ofSeconds(10))) {
                lock.write().close();
                proxy.cutAt(LuaScript.load("write.lua").sha(), CutProxy.Cut.BEFORE_ANSWER);
                Hold hold = lock.write(Duration.ofSeconds(5)); // far below the lease: it was its own
                assertThat(proxy.cuts()).isEqualTo(1);
                assertThat(hold.isValid()).isTrue();
                assertThat(other.tryRead()).isNull();
                hold.close();
                Hold next = other.tryWrite();
                assertThat(next).isNotNull();
                next.close();
            }
        }
    }

    @Test
    void write_cutBeforeItsAnswer_andGivenUp_isTakenBackLongBeforeTheLeaseEnds() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis)) {
            clients.add(RedisClients.single(proxy.address()));
            clients.add(RedisClients.single(redis.address()));
            try (DistributedReadWriteLock lock = LockProcess.open(clients.get(0), Duration.ofSeconds(30));
                    DistributedReadWriteLock other = LockProcess.open(clients.get(1), Duration.ofSeconds(30))) {
                lock.write().close();
                proxy.cutAt(LuaScript.load("write.lua").sha(), CutProxy.Cut.BEFORE_ANSWER);
                CompletableFuture<Hold> given = lock.writeAsync();
                Conditions.await("cut", BACK_IN_USE, () -> proxy.cuts() == 1);
                if (!given.cancel(false)) {
                    given.join().close();
                }
                other.write(BACK_IN_USE).close();
            }
        }
    }

    @Test
    void release_thatWasLost_isAskedAgainAlsoWhenTheLockIsClosed() throws Exception {
        try (RedisNode redis = RedisNode.start();
                CutProxy proxy = CutProxy.to(redis)) {
            clients.add(RedisClients.single(proxy.address()));
            clients.add(RedisClients.single(redis.address()));
            try (DistributedReadWriteLock other = LockProcess.open(clients.get(1), Duration.ofSeconds(30))) {
                DistributedReadWriteLock lock = LockProcess.open(clients.get(0), Duration.ofSeconds(30));
                Hold hold = lock.write();
                proxy.cutAll(true);
                hold.close();
                lock.close();
                proxy.cutAll(false);
                other.write(BACK_IN_USE).close();
            }
        }
    }
}
