package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Backlog;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.StartPosition;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many publications of one channel: in threads, and in processes that are killed or stopped. */
@Tag("process")
@Tag("kill")
class GuardedChannelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final MessageHandler IGNORE = (buffer, offset, length, header) -> {};

    private final TemporaryDomain directory = new TemporaryDomain();
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private Channel channel(int capacity) throws IOException {
        return GuardedChannel.named("orders").capacity(capacity).open(domain);
    }

    private ForkedJvm producer(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = directory.path().toString();
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return ForkedJvm.start(Producer.class, all);
    }

    private static void send(Publication out, long value) {
        int index = out.claim(8);
        out.buffer().putLong(index, value);
        out.commit();
    }

    private static List<Long> receive(Subscription in, int count) throws InterruptedException {
        List<Long> values = new ArrayList<>();
        while (values.size() < count) {
            int result =
                    in.receive((buffer, offset, length, header) -> values.add(buffer.getLong(offset)), 1, PATIENCE);
            assertThat(result).as("received: %s", values).isPositive();
        }
        return values;
    }

    @Test
    void publish_byTwoThreadsDeliversOneOrderToAll() throws Exception {
        int messages = 300_000;
        try (Channel channel = channel(4096);
                Subscription first = channel.subscribe();
                Subscription second = channel.subscribe()) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread[] producers = {
                start(failure, () -> produce(channel, 0, messages)), start(failure, () -> produce(channel, 1, messages))
            };
            List<Long> orders = new CopyOnWriteArrayList<>();
            Thread other = start(failure, () -> orders.add(verify(second, messages)));
            orders.add(verify(first, messages));
            for (Thread thread : producers) {
                Conditions.join(thread, PATIENCE);
            }
            Conditions.join(other, PATIENCE);
            assertThat(failure.get()).isNull();
            assertThat(orders.get(0)).isEqualTo(orders.get(1));
        }
    }

    private static void produce(Channel channel, long producer, int messages) throws InterruptedException {
        try (Publication out = channel.publish()) {
            for (int i = 0; i < messages; i++) {
                int length = 16 + i % 100;
                int index = out.claim(length, PATIENCE);
                out.buffer().putLong(index, producer);
                out.buffer().putInt(index + 8, i);
                out.buffer().putInt(index + length - 4, i);
                out.commit();
            }
        }
    }

    /** Until the end of the stream; a number that tells the order. */
    private static long verify(Subscription in, int messages) throws InterruptedException {
        int[] next = new int[2];
        long[] order = {1};
        int result = 1;
        while (result > 0) {
            result = in.receive(
                    (buffer, offset, length, header) -> {
                        int producer = (int) buffer.getLong(offset);
                        int number = next[producer]++;
                        assertThat(buffer.getInt(offset + length - 4)).isEqualTo(number);
                        assertThat(length).isEqualTo(16 + number % 100);
                        order[0] = order[0] * 31 + producer;
                    },
                    50,
                    PATIENCE);
        }
        assertThat(result).isEqualTo(Subscription.END_OF_STREAM);
        assertThat(next).containsExactly(messages, messages);
        return order[0];
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread start(AtomicReference<Throwable> failure, Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception | AssertionError e) {
                failure.set(e);
            }
        });
        thread.start();
        return thread;
    }

    @Test
    void publish_withoutTheGuardIsRefusedWithTheArtifact() throws Exception {
        try (Channel guarded = channel(4096);
                Publication out = guarded.publish();
                Channel plain = Channel.named("orders").open(domain);
                Subscription in = plain.subscribe()) {
            assertThatIllegalStateException()
                    .isThrownBy(plain::publish)
                    .withMessageContaining("GuardedChannel")
                    .withMessageEndingWith("channel=orders, guard=orders.channel, artifact=io.sluice:rwlock");
            send(out, 7);
            assertThat(receive(in, 1)).containsExactly(7L);
        }
    }

    @Test
    void open_ofAChannelForOnePublicationIsRefused() throws Exception {
        try (Channel plain = Channel.named("orders").capacity(4096).open(domain)) {
            assertThat(plain.capacity()).isEqualTo(4096);
            assertThatExceptionOfType(IncompatibleFileException.class)
                    .isThrownBy(() -> channel(4096))
                    .withMessageContaining("for one publication")
                    .withMessageEndingWith("actual=, expected=orders.channel");
        }
    }

    @Test
    void delete_takesTheLockAlong() throws Exception {
        channel(4096).close();
        assertThat(Files.exists(directory.path().resolve("orders.channel.lock")))
                .isTrue();
        assertThat(GuardedChannel.delete(domain, "orders")).isTrue();
        assertThat(GuardedChannel.delete(domain, "orders")).isFalse();
        assertThat(directory.path().toFile().list()).containsExactlyInAnyOrder("domain", "domain.lock", "live");
    }

    @Test
    void receive_goesOnBehindAProducerThatWasKilledInItsClaim() throws Exception {
        try (Channel channel = channel(1 << 16);
                Subscription in = channel.subscribe();
                Publication out = channel.publish();
                ForkedJvm victim = producer("claim", "100")) {
            victim.awaitLine("claimed");
            send(out, 2);
            assertThat(receive(in, 1)).containsExactly(1L);
            assertThat(in.poll(IGNORE, 10)).isZero();
            victim.kill();
            long start = System.nanoTime();
            assertThat(receive(in, 1)).containsExactly(2L);
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.MILLISECONDS.toNanos(1000));
            assertThat(in.receive(IGNORE, 1, Duration.ofMillis(50))).isZero(); // one of many: no end
            out.close();
            assertThat(in.receive(IGNORE, 1, PATIENCE)).isEqualTo(Subscription.END_OF_STREAM);
        }
    }

    @Test
    void poll_goesOnBehindAProducerThatWasKilledInItsClaim() throws Exception {
        try (Channel channel = channel(1 << 16);
                Subscription in = channel.subscribe();
                ForkedJvm victim = producer("claim", "20000")) {
            victim.awaitLine("claimed");
            assertThat(in.poll(IGNORE, 10)).isEqualTo(1);
            assertThat(in.poll(IGNORE, 10)).isZero();
            victim.kill();
            int[] result = {0};
            Conditions.await("end", PATIENCE, () -> (result[0] = in.poll(IGNORE, 10)) != 0);
            assertThat(result[0]).isEqualTo(Subscription.PUBLISHER_DIED);
            assertThat(in.poll(IGNORE, 10)).isZero();
            try (Publication out = channel.publish()) {
                send(out, 3);
                assertThat(receive(in, 1)).containsExactly(3L);
            }
        }
    }

    @Test
    void claim_goesOnInAFullRingThatADeadClaimBlocks() throws Exception {
        try (Channel plain = openPlain();
                Channel channel = channel(4096);
                Subscription in = plain.subscribe(); // cannot recover
                Publication out = channel.publish();
                ForkedJvm victim = producer("claim", "100")) {
            victim.awaitLine("claimed");
            assertThat(receive(in, 1)).containsExactly(1L);
            victim.kill();
            while (out.claim(100) > 0) {
                out.commit();
            } // the claim that finds no room may have padded the gap, or not yet learnt of the death
            Conditions.await("room", PATIENCE, () -> {
                in.poll(IGNORE, 100);
                return out.claim(100) > 0; // once it has padded the gap
            });
            out.abort();
        }
    }

    private Channel openPlain() throws IOException {
        channel(4096).close();
        return Channel.named("orders").open(domain);
    }

    @Test
    void receive_waitsForAStoppedProducerAndDescribeNamesIt() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe();
                Publication out = channel.publish();
                ForkedJvm stopped = producer("claim", "100");
                ForkedJvm dead = producer("only-claim", "200")) {
            stopped.awaitLine("claimed");
            dead.send("");
            dead.awaitLine("claimed");
            send(out, 2);
            assertThat(receive(in, 1)).containsExactly(1L);
            stopped.stop();
            dead.kill();
            assertThat(in.receive(IGNORE, 10, Duration.ofMillis(500))).isZero();
            assertThat(channel.describe())
                    .contains("claimed and not committed from=")
                    .containsPattern("holds READ: pid=" + stopped.pid() + ".*state=STOPPED");
            stopped.resume();
            stopped.send("commit");
            assertThat(receive(in, 2)).containsExactly(5L, 2L);
        }
    }

    @Test
    void subscribe_latestBehindAnOpenClaimGoesOnWhenItsOwnerDies() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                ForkedJvm first = producer("claim", "100");
                ForkedJvm second = producer("only-claim", "200")) {
            first.awaitLine("claimed");
            try (Subscription between = channel.subscribe(StartPosition.LATEST)) {
                second.send("");
                second.awaitLine("claimed");
                send(out, 9);
                first.kill();
                second.kill();
                assertThat(receive(between, 1)).containsExactly(9L);
            }
        }
    }

    @Test
    void claim_ofAClosedPublicationKeepsNothingOpen() throws Exception {
        for (int round = 0; round < 2; round++) {
            try (Channel channel = channel(4096)) {
                Publication out = channel.publish();
                out.close();
                assertThatIllegalStateException().isThrownBy(() -> out.claim(8)).withMessageContaining("closed");
            }
        }
    }

    /** Of two that close at the same moment, one tells the end, and behind all that the other has sent. */
    @Test
    void close_ofTwoAtOnceEndsTheStreamBehindTheLastMessage() throws Exception {
        int rounds = Stress.choose(2_000, 50_000);
        CyclicBarrier ready = new CyclicBarrier(2);
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Publication[] own = new Publication[1];
            Thread other = start(failure, () -> {
                for (int round = 0; round < rounds; round++) {
                    ready.await();
                    own[0].close();
                    ready.await();
                }
            });
            for (int round = 0; round < rounds; round++) {
                own[0] = channel.publish();
                Publication last = channel.publish();
                ready.await();
                send(last, round);
                last.close();
                ready.await();
                assertThat(receive(in, 1)).containsExactly((long) round);
                assertThat(in.receive(IGNORE, 1, PATIENCE))
                        .as("round %s", round)
                        .isEqualTo(Subscription.END_OF_STREAM);
            }
            other.join();
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void abort_isSkipped() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe();
                Publication out = channel.publish();
                Publication other = channel.publish()) {
            for (int i = 0; i < 1000; i++) {
                int index = out.claim(200);
                assertThat(index).isPositive();
                send(other, i);
                out.abort();
                assertThat(receive(in, 1)).containsExactly((long) i);
            }
        }
    }

    @Test
    void offer_ofEveryKindDeliversItsBytes() throws Exception {
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[64]);
        bytes.putLong(8, 1);
        bytes.putLong(16, 2);
        bytes.putLong(24, 3);
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe();
                Publication out = channel.publish()) {
            for (int i = 0; i < 500; i++) {
                assertThat(out.offer(bytes, 8, 8)).isPositive();
                assertThat(out.offer(bytes.byteArray(), 16, 8, PATIENCE)).isPositive();
                assertThat(out.offer(ByteBuffer.wrap(bytes.byteArray(), 24, 8))).isPositive();
                long end = out.offerBatch(bytes, 8, 8, 3);
                assertThat(end).isEqualTo(out.position());
                assertThat(receive(in, 6)).containsExactly(1L, 2L, 3L, 1L, 2L, 3L);
                assertThat(in.position()).isEqualTo(end);
            }
            int index = out.claimBatch(2, 8);
            out.buffer().putLong(index, 4);
            out.buffer().putLong(index + Publication.stride(8), 5);
            out.commit();
            assertThat(out.claimBatch(3, 8)).isPositive();
            out.abort();
            send(out, 6);
            assertThat(receive(in, 3)).containsExactly(4L, 5L, 6L);
        }
    }

    @Test
    void claim_ofHalfTheRingFitsAtEveryAlignment() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe();
                Publication out = channel.publish()) {
            int max = channel.maxMessageLength();
            assertThat(max).isEqualTo(2032);
            for (int i = 0; i < 2000; i++) {
                int length = i % 2 == 0 ? max : 8 + 16 * (i % 64);
                int index = out.claim(length);
                assertThat(index).as("i=%d", i).isPositive();
                out.buffer().putLong(index, i);
                out.commit();
                assertThat(receive(in, 1)).containsExactly((long) i);
            }
        }
    }

    @Test
    void backlog_namesTheSlowest() throws Exception {
        try (Channel channel = channel(4096);
                Subscription slow = channel.subscribe();
                Subscription fast = channel.subscribe();
                Publication out = channel.publish()) {
            send(out, 1);
            send(out, 2);
            receive(fast, 1);
            assertThat(slow.position()).isZero();
            assertThat(out.backlog()).extracting(Backlog::lag).containsExactly(64L, 32L);
            assertThat(out.backlog().get(0).pid())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(out.backlog().get(0).stopped()).isFalse();
        }
    }

    @Test
    void subscribe_atAPositionGoesOnThere() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription keeper = channel.subscribe()) {
            send(out, 1);
            long second = out.position();
            send(out, 2);
            try (Subscription in = channel.subscribe(second)) {
                assertThat(receive(in, 1)).containsExactly(2L);
            }
            for (long wrong : new long[] {second + 16, -16, out.position() + 32}) {
                assertThatExceptionOfType(IllegalArgumentException.class)
                        .isThrownBy(() -> channel.subscribe(wrong))
                        .withMessageEndingWith("position=" + wrong + ", earliest=0, tail=64");
            }
            assertThat(keeper.position()).isZero();
        }
    }

    @Test
    void poll_tellsEachEndOnce() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            for (long i = 0; i < 300; i++) {
                try (Publication out = channel.publish();
                        Publication other = channel.publish()) {
                    send(out, i);
                    out.close();
                    assertThat(receive(in, 1)).containsExactly(i);
                    assertThat(in.poll(IGNORE, 1)).isZero();
                    send(other, -i);
                    assertThat(receive(in, 1)).containsExactly(-i);
                }
                assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
                assertThat(in.poll(IGNORE, 1)).isZero();
            }
        }
    }

    /** The other process. */
    static final class Producer {
        private Producer() {}

        /**
         * Arguments: directory, {@code claim} for a message and a claim behind it, {@code only-claim} for the claim, when a
         * line was read; length of the claim, which stays open until another line is read.
         */
        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws Exception {
            try (Domain domain = Domain.open(java.nio.file.Path.of(arguments[0]));
                    Channel channel = GuardedChannel.named("orders").open(domain)) {
                Publication out = channel.publish();
                if (arguments[1].equals("claim")) {
                    send(out, 1);
                } else if (System.in.read() < 0) {
                    return;
                }
                int index = out.claim(Integer.parseInt(arguments[2]));
                out.buffer().putLong(index, 5);
                System.out.println("claimed");
                if (System.in.read() >= 0) {
                    out.commit();
                }
                TimeUnit.MINUTES.sleep(1);
            }
        }
    }
}
