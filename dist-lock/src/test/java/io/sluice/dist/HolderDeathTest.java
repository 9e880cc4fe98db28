package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockMode;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;
import org.redisson.config.NameMapper;

/** SIGKILL of a process that holds the lock, or waits for it. Times are Redis's, in microseconds. */
@Tag("kill")
class HolderDeathTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** After the end of the lease. */
    private static final long LATEST_MICROS = 500_000;

    private static RedisNode redis;
    private static RedissonClient client;
    private static TemporaryDomain directory;

    private LockProcess victim;
    private DistributedReadWriteLock lock;

    @BeforeAll
    static void startAll() throws Exception {
        redis = RedisNode.start();
        client = RedisClients.single(redis.address());
        directory = new TemporaryDomain();
        directory.open().close();
    }

    @AfterAll
    static void stopAll() throws Exception {
        client.shutdown();
        redis.close();
        directory.close();
    }

    @BeforeEach
    void startVictim() throws Exception {
        redis.ask("FLUSHALL");
        victim = LockProcess.start(redis.address(), LEASE, directory.path());
        lock = LockProcess.open(client, LEASE);
    }

    @AfterEach
    void stopVictim() {
        lock.close();
        victim.close();
    }

    @Test
    void writer_afterAWritersDeath_getsInAtTheEndOfTheLease() throws Exception {
        long token = Long.parseLong(victim.ask("write"));
        outliveOneLease();
        CompletableFuture<Hold> next = lock.writeAsync();
        victim.kill();
        long end = leaseEnd();
        try (Hold hold = next.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            assertThat(hold.token()).isGreaterThan(token).isBetween(end, end + LATEST_MICROS); // granted at that time
            assertThat(hold.previousOwnerDied()).isTrue();
        }
    }

    /** A holder is not taken for dead as long as its client lives. */
    private void outliveOneLease() throws Exception {
        long start = redis.micros();
        Conditions.await("a lease has passed", LIMIT, () -> redis.micros() - start > LEASE.toNanos() / 1000 * 3 / 2);
        assertThat(victim.ask("isValid")).isEqualTo("true");
    }

    @Test
    void writer_afterAReadersDeath_getsInAtTheEndOfTheLease() throws Exception {
        victim.ask("read");
        outliveOneLease();
        CompletableFuture<Hold> next = lock.writeAsync();
        victim.kill();
        long end = leaseEnd();
        try (Hold hold = next.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            assertThat(hold.token()).isBetween(end, end + LATEST_MICROS);
            assertThat(hold.readersDied()).isTrue();
        }
    }

    @Test
    void reader_afterAWritersDeath_getsInAtTheEndOfTheLease() throws Exception {
        victim.ask("write");
        CompletableFuture<Hold> next = lock.readAsync();
        victim.kill();
        long end = leaseEnd();
        try (Hold hold = next.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            assertThat(hold.isValid()).isTrue();
            assertThat(redis.micros()).isBetween(end, end + LATEST_MICROS);
        }
    }

    /** Asking all the time: nobody gets in before. */
    @Test
    void tryWrite_afterAWritersDeath_isRefusedUntilTheEndOfTheLease() throws Exception {
        victim.ask("write");
        victim.kill();
        long end = leaseEnd();
        Hold hold = poll(lock::tryWrite);
        assertThat(hold.token()).isBetween(end, end + LATEST_MICROS);
        hold.close();
    }

    @Test
    void tryRead_afterAWritersDeath_isRefusedUntilTheEndOfTheLease() throws Exception {
        victim.ask("write");
        victim.kill();
        long end = leaseEnd();
        poll(lock::tryRead).close();
        assertThat(redis.micros()).isBetween(end, end + LATEST_MICROS);
    }

    @Test
    void tryWrite_afterAReadersDeath_isRefusedUntilTheEndOfTheLease() throws Exception {
        victim.ask("read");
        victim.kill();
        long end = leaseEnd();
        Hold hold = poll(lock::tryWrite);
        assertThat(hold.token()).isBetween(end, end + LATEST_MICROS);
        hold.close();
    }

    private static Hold poll(Supplier<Hold> asking) throws Exception {
        AtomicReference<Hold> hold = new AtomicReference<>();
        Conditions.await("granted", LIMIT, () -> {
            hold.set(asking.get());
            return hold.get() != null;
        });
        return hold.get();
    }

    /** When the lease of the holder is over. */
    private static long leaseEnd() {
        List<String> command =
                new ArrayList<>(List.of("EVAL", LuaScript.load("describe.lua").text(), "5"));
        Keys.of("sluice", LockProcess.NAME, NameMapper.direct()).all().forEach(key -> command.add((String) key));
        Snapshot snapshot =
                Snapshot.of(List.of(redis.ask(command.toArray(String[]::new)).split("\n", -1)));
        return snapshot.entries().stream()
                .filter(Snapshot.Entry::holds)
                .findFirst()
                .orElseThrow()
                .micros();
    }

    @Test
    void reader_afterTheDeathOfAWaitingWriter_getsInWhenItsIntentIsOver() throws Exception {
        Hold reading = lock.read();
        try (reading) {
            victim.begin("write");
            Conditions.await(
                    "it waits",
                    LIMIT,
                    () -> lock.parties().stream().anyMatch(party -> party.mode() == LockMode.WRITE && !party.holds()));
            CompletableFuture<Hold> next = lock.readAsync();
            victim.kill();
            long killed = redis.micros();
            try (Hold hold = next.get(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                assertThat(hold.isValid()).isTrue();
                assertThat(redis.micros() - killed).isLessThan(3_500_000);
            }
            assertThat(reading.isValid()).isTrue();
        }
    }
}
