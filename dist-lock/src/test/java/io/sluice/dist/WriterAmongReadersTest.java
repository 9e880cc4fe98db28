package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.Hold;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** Four processes read without a pause, and a writer gets in at once. */
@Tag("process")
class WriterAmongReadersTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final int WRITES = Stress.choose(200, 5000);

    @Test
    void write_amongFourProcessesThatRead_waitsForThoseInsideOnly() throws Exception {
        List<LockProcess> readers = new ArrayList<>();
        try (RedisNode redis = RedisNode.start();
                TemporaryDomain directory = new TemporaryDomain()) {
            directory.open().close();
            RedissonClient client = RedisClients.single(redis.address());
            try (DistributedReadWriteLock lock = LockProcess.open(client, LEASE)) {
                for (int i = 0; i < 4; i++) {
                    LockProcess reader = LockProcess.start(redis.address(), LEASE, directory.path());
                    readers.add(reader);
                    reader.ask("reads 1");
                }
                List<Long> waits = new ArrayList<>();
                for (int i = 0; i < WRITES; i++) {
                    long before = redis.calls("zadd");
                    long start = System.nanoTime();
                    Hold hold = lock.write();
                    waits.add((System.nanoTime() - start) / 1000);
                    hold.close();
                    awaitReaders(redis, before);
                }
                waits.sort(null);
                long median = waits.get(WRITES / 2);
                long p99 = waits.get(WRITES * 99 / 100);
                System.out.println("WriterAmongReadersTest: waits us: median=" + median + ", p99=" + p99 + ", max="
                        + waits.get(WRITES - 1));
                // The promise is 10 ms at p99 (suite dist-lock of the benchmarks). Here other work may share the
                // machine:
                // this only tells it from a lock where a writer waits for a gap between the readers.
                assertThat(median).as("us, median").isLessThan(25_000);
                assertThat(p99).as("us, p99").isLessThan(300_000);
            } finally {
                readers.forEach(LockProcess::close);
                client.shutdown();
            }
        }
    }

    /** Until several have read in between. */
    private static void awaitReaders(RedisNode redis, long before) throws Exception {
        Conditions.await("the readers read", Duration.ofSeconds(10), () -> redis.calls("zadd") > before + 20);
    }
}
