package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A publication that is alone claims without CAS, until another one comes. */
@Timeout(120)
class GuardedChannelSoloTest {
    private static final int CAPACITY = 1 << 14;
    private static final int ROUNDS = Stress.choose(200, 5_000);
    private static final int PER_ROUND = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ALONE = ", alone";

    @Test
    void publish_besideAPublicationThatWasAlone_oneOrderAndNothingLost() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain home = directory.open();
                Domain elsewhere = directory.open();
                Channel channel = open(home);
                Channel other = open(elsewhere);
                Subscription in = channel.subscribe();
                Publication keeper = channel.publish()) {
            AtomicBoolean stop = new AtomicBoolean();
            CompletableFuture<Long> stream = run(() -> stream(keeper, stop));
            CompletableFuture<Long> guests = run(() -> {
                try {
                    return visit(channel, other);
                } finally {
                    stop.set(true);
                }
            });
            long[] next = new long[2];
            int result;
            do {
                result = in.receive(
                        (buffer, offset, length, header) -> {
                            int producer = buffer.getInt(offset);
                            assertThat(buffer.getLong(offset + 8))
                                    .as("producer=%s", producer)
                                    .isEqualTo(next[producer]++);
                        },
                        64,
                        PATIENCE);
            } while (result > 0);
            assertThat(result).isEqualTo(Subscription.END_OF_STREAM);
            assertThat(next).containsExactly(stream.get(1, TimeUnit.SECONDS), guests.get(1, TimeUnit.SECONDS));
            assertThat(next[1]).isEqualTo((long) ROUNDS * PER_ROUND);
        }
    }

    @Test
    void claim_openOfAPublicationThatWasAlone_keepsTheNextFromItsFirst() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = open(domain);
                Subscription in = channel.subscribe();
                Publication first = channel.publish()) {
            while (!channel.describe().contains(ALONE)) {
                send(first, 0, 0, 8);
                assertThat(in.poll((buffer, offset, length, header) -> {}, 64)).isEqualTo(1);
            }
            assertThat(first.claim(8)).isPositive();
            try (Publication second = channel.publish()) {
                assertThat(second.claim(8)).isEqualTo(Publication.BACK_PRESSURED);
                assertThat(second.claim(8, Duration.ofMillis(5))).isEqualTo(Publication.BACK_PRESSURED);
                first.commit();
                assertThat(second.claim(8, PATIENCE)).isPositive();
                assertThat(channel.describe()).doesNotContain(ALONE);
                assertThat(first.claim(8)).isPositive();
                first.commit();
                second.commit();
            }
        }
    }

    private static Channel open(Domain domain) throws IOException {
        return GuardedChannel.named("orders").capacity(CAPACITY).open(domain);
    }

    private interface Task {
        long run() throws Exception;
    }

    private static CompletableFuture<Long> run(Task task) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(task.run());
            } catch (Exception | AssertionError e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    /** How many it sent. */
    private static long stream(Publication out, AtomicBoolean stop) throws InterruptedException {
        long sent = 0;
        while (!stop.get()) {
            send(out, 0, sent, 16 + (int) sent % 50);
            sent++;
        }
        out.close();
        return sent;
    }

    /** Each time when the other is alone again. */
    private static long visit(Channel watched, Channel channel) throws Exception {
        long sent = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Conditions.await("alone", PATIENCE, () -> watched.describe().contains(ALONE));
            try (Publication out = channel.publish()) {
                for (int i = 0; i < PER_ROUND; i++) {
                    send(out, 1, sent, 16 + i);
                    sent++;
                }
            }
        }
        return sent;
    }

    private static void send(Publication out, int producer, long number, int length) throws InterruptedException {
        int index = out.claim(Math.max(length, 16), PATIENCE);
        assertThat(index).isPositive();
        out.buffer().putInt(index, producer);
        out.buffer().putLong(index + 8, number);
        out.commit();
    }
}
