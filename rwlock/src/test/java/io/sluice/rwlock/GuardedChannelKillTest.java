package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.MessageHeader;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Producers with small heaps are killed at random moments under load, while one goes on and this process receives: what
 * was committed comes exactly once and in order, nothing comes torn, and the ring stands still for a moment only.
 */
@Tag("process")
@Tag("kill")
class GuardedChannelKillTest {
    private static final int KILLS = Stress.choose(20, 1_000);
    private static final int SURVIVOR = 0;
    private static final long MOST_LIFE_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final long WATCHED_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Duration SLICE = Duration.ofMillis(5);
    private static final double NANOS_PER_MILLI = 1e6;

    private final TemporaryDomain directory = new TemporaryDomain();
    private final long seed = Seed.next("GuardedChannelKillTest");
    private final Random random = new Random(seed);
    private final long[] next = new long[KILLS + 1];
    private UnsafeBuffer progress;
    private Domain domain;
    private long lastArrival;
    private long longestGap;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
        Files.write(progressFile(), new byte[GuardedPeer.progressOf(KILLS + 1)]);
        progress = new UnsafeBuffer(IoUtil.mapExistingFile(progressFile().toFile(), "progress"));
    }

    @AfterEach
    void close() {
        domain.close();
        IoUtil.unmap(progress.byteBuffer());
        directory.close();
    }

    private Path progressFile() {
        return directory.parent().resolve("progress");
    }

    private ForkedJvm producer(int number) {
        return ForkedJvm.start(
                List.of("-Xmx12m", "-Xms4m"),
                GuardedPeer.class,
                directory.path().toString(),
                Integer.toString(number),
                progressFile().toString());
    }

    @Test
    void kill_atRandomUnderLoad_committedMessagesComeOnceAndInOrder() throws Exception {
        List<Long> stalls = new ArrayList<>();
        try (Channel channel = GuardedChannel.named(GuardedPeer.CHANNEL)
                        .capacity(1 << 16)
                        .open(domain);
                Subscription in = channel.subscribe();
                ForkedJvm survivor = producer(SURVIVOR)) {
            survivor.awaitLine("ready");
            survivor.send("stream " + random.nextLong());
            for (int victim = 1; victim <= KILLS; victim++) {
                try (ForkedJvm doomed = producer(victim)) {
                    startStreaming(doomed, in);
                    stalls.add(killAndReceive(victim, doomed, in));
                }
            }
            progress.putLongVolatile(0, 1);
            receiveTheRest(in);
        }
        report(stalls);
    }

    private void startStreaming(ForkedJvm producer, Subscription in) throws InterruptedException {
        Thread starter = new Thread(() -> {
            try {
                producer.awaitLine("ready");
                producer.send("stream " + seed);
                producer.awaitLine("streaming");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        starter.start();
        while (starter.isAlive()) {
            receive(in, System.nanoTime() + SLICE.toNanos());
        }
    }

    /** Returns for how long nothing came. */
    private long killAndReceive(int victim, ForkedJvm producer, Subscription in) throws InterruptedException {
        long life = (long) (random.nextDouble() * MOST_LIFE_NANOS);
        receive(in, System.nanoTime() + life);
        longestGap = 0;
        lastArrival = System.nanoTime();
        producer.kill();
        receive(in, System.nanoTime() + WATCHED_NANOS);
        long stall = longestGap;
        assertThat(producer.awaitExit()).isNotZero();
        long committed = progress.getLongVolatile(GuardedPeer.progressOf(victim));
        long deadline = System.nanoTime() + SETTLED_NANOS;
        while (next[victim] < committed) {
            assertThat(System.nanoTime())
                    .as("seed=%d: all of %d come, of %d", seed, next[victim], committed)
                    .isLessThan(deadline);
            receive(in, System.nanoTime() + SLICE.toNanos());
        }
        assertThat(next[victim]).as("seed=%d, victim=%d", seed, victim).isBetween(committed, committed + 1);
        return stall;
    }

    private void receive(Subscription in, long until) throws InterruptedException {
        long now;
        do {
            int count = in.receive(this::accept, 64, SLICE);
            assertThat(count).as("seed=%d: one producer lives", seed).isNotNegative();
            now = System.nanoTime();
            if (count > 0) {
                longestGap = Math.max(longestGap, now - lastArrival);
                lastArrival = now;
            }
        } while (now - until < 0);
        longestGap = Math.max(longestGap, now - lastArrival);
    }

    private void receiveTheRest(Subscription in) throws InterruptedException {
        int count = 0;
        while (count >= 0) {
            count = in.receive(this::accept, 64, Duration.ofSeconds(20));
            assertThat(count).as("seed=%d: there is an end", seed).isNotZero();
        }
        assertThat(count).as("seed=%d", seed).isEqualTo(Subscription.END_OF_STREAM);
        assertThat(next[SURVIVOR])
                .as("seed=%d: the survivor's", seed)
                .isEqualTo(progress.getLongVolatile(GuardedPeer.progressOf(SURVIVOR)));
    }

    private void accept(DirectBuffer buffer, int offset, int length, MessageHeader header) {
        NumberedMessage.verify(buffer, offset, length, GuardedPeer.MOST);
        int producer = (int) NumberedMessage.producer(buffer, offset);
        long number = NumberedMessage.number(buffer, offset);
        if (number != next[producer]) {
            throw new AssertionError("lost, repeated or out of order: seed=" + seed + ", producer=" + producer
                    + ", expected=" + next[producer] + ", number=" + number);
        }
        next[producer]++;
    }

    private static void report(List<Long> stalls) {
        Collections.sort(stalls);
        double median = stalls.get(stalls.size() / 2) / NANOS_PER_MILLI;
        double p99 = stalls.get((int) Math.ceil(0.99 * stalls.size()) - 1) / NANOS_PER_MILLI;
        System.getLogger(GuardedChannelKillTest.class.getName())
                .log(
                        System.Logger.Level.INFO,
                        "stall after a kill, ms: median={0}, p99={1}, kills={2}",
                        median,
                        p99,
                        stalls.size());
        assertThat(median).as("median of the stalls, ms").isLessThan(20);
    }
}
