package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.StartPosition;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A publication that streams claims without CAS, until another one claims. */
@Timeout(120)
class GuardedChannelBiasTest {
    private static final int CAPACITY = 1 << 14;
    private static final int ROUNDS = Stress.choose(200, 5_000);
    private static final int PER_ROUND = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String KEEPS_THE_TAIL = ", keeps the tail";

    @Test
    void publish_besideAStream_oneOrderAndNothingLost() throws Exception {
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
    void claim_besideAnOpenOneThatKeepsTheTail_doesNotWaitForItsEnd() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = open(domain);
                Subscription in = channel.subscribe();
                Publication first = channel.publish();
                Publication second = channel.publish()) {
            streamUntilItKeepsTheTail(channel, 0, first, in);
            int open = first.claim(16);
            assertThat(open).isPositive();
            send(second, 1, 7, 16);
            assertThat(channel.describe()).doesNotContain(KEEPS_THE_TAIL).contains("claimed and not committed");
            List<Long> received = new ArrayList<>();
            MessageHandler handler = (buffer, offset, length, header) -> received.add(buffer.getLong(offset + 8));
            assertThat(in.poll(handler, 64)).isZero();
            first.buffer().putLong(open + 8, 6);
            first.commit();
            send(first, 0, 8, 16);
            assertThat(in.poll(handler, 64)).isEqualTo(3);
            assertThat(received).containsExactly(6L, 7L, 8L);
        }
    }

    @Test
    void publish_twoStreamsByTurns_eachKeepsTheTailInItsTurn() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = open(domain);
                Subscription in = channel.subscribe();
                Publication first = channel.publish();
                Publication second = channel.publish()) {
            for (int turn = 0; turn < 20; turn++) {
                streamUntilItKeepsTheTail(channel, turn % 2, turn % 2 == 0 ? first : second, in);
            }
        }
    }

    @Test
    void publish_byTurnsOfOneMessage_nobodyKeepsTheTail() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = open(domain);
                Subscription in = channel.subscribe();
                Publication first = channel.publish();
                Publication second = channel.publish()) {
            for (int i = 0; i < 200; i++) {
                send(first, 0, i, 16);
                send(second, 1, i, 16);
                assertThat(channel.describe()).doesNotContain(KEEPS_THE_TAIL);
                assertThat(in.poll((buffer, offset, length, header) -> {}, 64)).isEqualTo(2);
            }
        }
    }

    @Test
    void subscribe_latestWhereTheTailIsKept_getsWhatIsSentFromThenOn() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = open(domain);
                Subscription in = channel.subscribe();
                Publication out = channel.publish()) {
            for (int round = 0; round < 5; round++) {
                streamUntilItKeepsTheTail(channel, 0, out, in);
                try (Subscription late = channel.subscribe(StartPosition.LATEST)) {
                    send(out, 0, round, 16);
                    List<Long> received = new ArrayList<>();
                    assertThat(late.poll(
                                    (buffer, offset, length, header) -> received.add(buffer.getLong(offset + 8)), 64))
                            .isEqualTo(1);
                    assertThat(received).containsExactly((long) round);
                    assertThat(in.poll((buffer, offset, length, header) -> {}, 64))
                            .isEqualTo(1);
                }
            }
        }
    }

    /** {@code index}: of its publication among the channel's. */
    private static void streamUntilItKeepsTheTail(Channel channel, int index, Publication out, Subscription in)
            throws InterruptedException {
        for (int i = 0; i < 10_000 && !keepsTheTail(channel, index); i++) {
            send(out, 0, 0, 16);
            assertThat(in.poll((buffer, offset, length, header) -> {}, 64)).isEqualTo(1);
        }
        assertThat(keepsTheTail(channel, index)).as(channel.describe()).isTrue();
    }

    private static boolean keepsTheTail(Channel channel, int index) {
        return channel.describe()
                .lines()
                .filter(line -> line.startsWith("  publisher: "))
                .skip(index)
                .findFirst()
                .orElseThrow()
                .contains(KEEPS_THE_TAIL);
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

    /** Each time when the other keeps the tail again. */
    private static long visit(Channel watched, Channel channel) throws Exception {
        long sent = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Conditions.await(
                    "the stream has the tail",
                    PATIENCE,
                    () -> watched.describe().contains(KEEPS_THE_TAIL));
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
