package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.Hold;
import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** The lock on a cluster of Redis 7: its keys stay together, its messages stay on their shard. */
class DistributedLockClusterTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final int ROUNDS = 5;

    @Test
    void waiters_onACluster_areWokenByShardedMessages() throws Exception {
        try (RedisGroup cluster = RedisGroup.cluster()) {
            RedissonClient client = RedisClients.cluster(cluster);
            RedissonClient otherClient = RedisClients.cluster(cluster);
            try (DistributedReadWriteLock lock = DistributedReadWriteLock.open(client, "book");
                    DistributedReadWriteLock other = DistributedReadWriteLock.open(otherClient, "book")) {
                Duration quickest = SOON;
                for (int i = 0; i < ROUNDS; i++) {
                    Duration took = handOver(lock, other);
                    quickest = took.compareTo(quickest) < 0 ? took : quickest;
                }
                assertThat(quickest).as("by message, not by asking again").isLessThan(Duration.ofMillis(300));
                assertThat(count(cluster, "cmdstat_spublish:")).isEqualTo(1);
                assertThat(count(cluster, "cmdstat_publish:")).isZero();
            } finally {
                client.shutdown();
                otherClient.shutdown();
            }
        }
    }

    private static Duration handOver(DistributedReadWriteLock lock, DistributedReadWriteLock other) throws Exception {
        Hold hold = lock.write();
        CompletableFuture<Hold> writing = other.writeAsync();
        CompletableFuture<Hold> reading = other.readAsync();
        Conditions.await("both wait", SOON, () -> lock.parties().size() == 3);
        long start = System.nanoTime();
        hold.close();
        writing.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        reading.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** How many nodes have run the command. */
    private static long count(RedisGroup cluster, String statistic) {
        return IntStream.range(0, 3)
                .filter(index -> cluster.node(index).ask("INFO", "commandstats").contains(statistic))
                .count();
    }
}
