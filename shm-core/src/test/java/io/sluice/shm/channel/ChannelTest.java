package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One publication and its subscriptions within one process. */
class ChannelTest {
    private static final MessageHandler IGNORE = (buffer, offset, length, header) -> {};

    private final TemporaryDomain directory = new TemporaryDomain();
    private final UnsafeBuffer scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(64 * 1024));
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
        return Channel.named("ticks").capacity(capacity).open(domain);
    }

    private long offer(Publication publication, long value) {
        scratch.putLong(0, value);
        return publication.offer(scratch, 0, Long.BYTES);
    }

    private static List<Long> pollAll(Subscription subscription) {
        List<Long> values = new ArrayList<>();
        int count;
        do {
            count = subscription.poll((buffer, offset, length, header) -> values.add(buffer.getLong(offset)), 7);
        } while (count > 0);
        return values;
    }

    private static int fill(Publication publication) {
        int count = 0;
        while (publication.claim(100) != Publication.BACK_PRESSURED) {
            publication.buffer();
            publication.commit();
            count++;
        }
        return count;
    }

    @Test
    void poll_deliversEverySizeInOrderAcrossAllWraps() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            int max = channel.maxMessageLength();
            int[] expected = {0};
            for (int round = 0; round < 20_000; round++) {
                int length = (round * 31) % (max + 1);
                for (int i = 0; i < length; i++) {
                    scratch.putByte(i, (byte) (round + i));
                }
                assertThat(out.offer(scratch, 0, length)).isEqualTo(out.position());
                int seed = round;
                int handled = in.poll(
                        (buffer, offset, size, header) -> {
                            assertThat(size).isEqualTo(length);
                            for (int i = 0; i < size; i++) {
                                if (buffer.getByte(offset + i) != (byte) (seed + i)) {
                                    throw new AssertionError("round=" + seed + ", index=" + i);
                                }
                            }
                            expected[0]++;
                        },
                        10);
                assertThat(handled).isEqualTo(1);
                assertThat(in.position()).isEqualTo(out.position());
            }
            assertThat(expected[0]).isEqualTo(20_000);
        }
    }

    @Test
    void claim_overTheMaximumTellsBothSizes() throws IOException {
        try (Channel channel = channel(65536);
                Publication out = channel.publish()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> out.claim(32753))
                    .withMessage("message length is out of range: channel=ticks, length=32753, maxMessageLength=32752");
            assertThatIllegalArgumentException().isThrownBy(() -> out.claim(-1));
            assertThat(out.claim(32752)).isPositive();
            out.abort();
        }
    }

    @Test
    void abort_leavesNothing() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            int index = out.claim(8);
            out.buffer().putLong(index, 1);
            out.abort();
            assertThat(in.poll(IGNORE, 1)).isZero();
            offer(out, 2);
            assertThat(pollAll(in)).containsExactly(2L);
        }
    }

    @Test
    void claim_isRefusedWhileAnotherIsOpen() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            out.claim(8);
            assertThatIllegalStateException().isThrownBy(() -> out.claim(8)).withMessageContaining("a claim is open");
            out.commit();
            assertThatIllegalStateException().isThrownBy(out::commit).withMessageContaining("no claim is open");
            assertThatIllegalStateException().isThrownBy(out::abort).withMessageContaining("no claim is open");
        }
    }

    @Test
    void offer_withoutSubscriberFillsAndKeepsEverything() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            int sent = fill(out);
            assertThat(sent).isEqualTo(4096 / 128);
            assertThat(out.claim(100)).isEqualTo(Publication.BACK_PRESSURED);
            try (Subscription in = channel.subscribe()) {
                assertThat(in.poll(IGNORE, 1000)).isEqualTo(sent);
                assertThat(out.claim(100)).isPositive();
                out.abort();
            }
        }
    }

    @Test
    void offer_waitsForTheSlowestOfTwoSubscriptions() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription fast = channel.subscribe();
                Subscription slow = channel.subscribe()) {
            assertThat(out.subscribers()).isEqualTo(2);
            int sent = fill(out);
            assertThat(fast.poll(IGNORE, 1000)).isEqualTo(sent);
            assertThat(out.claim(100)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(slow.poll(IGNORE, 1)).isEqualTo(1);
            assertThat(fill(out)).isEqualTo(1);
            slow.close();
            assertThat(fill(out)).isEqualTo(sent - 1);
        }
    }

    @Test
    void subscribe_latestSkipsWhatIsThere() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            offer(out, 1);
            try (Subscription in = channel.subscribe(StartPosition.LATEST)) {
                offer(out, 2);
                assertThat(pollAll(in)).containsExactly(2L);
            }
        }
    }

    @Test
    void subscribe_goesOnWhereTheLastSubscriptionLeft() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            offer(out, 1);
            offer(out, 2);
            try (Subscription first = channel.subscribe()) {
                assertThat(first.poll(IGNORE, 1)).isEqualTo(1);
            }
            try (Subscription second = channel.subscribe()) {
                assertThat(pollAll(second)).containsExactly(2L);
            }
        }
    }

    @Test
    void poll_tellsTheEndOnceAndGoesOnWithTheNextPublication() throws IOException {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            assertThat(in.poll(IGNORE, 1)).isZero();
            for (long stream = 0; stream < 200; stream++) {
                try (Publication out = channel.publish()) {
                    offer(out, stream);
                }
                List<Long> received = new ArrayList<>();
                assertThat(in.poll((b, offset, length, header) -> received.add(b.getLong(offset)), 10))
                        .isEqualTo(1);
                assertThat(received).containsExactly(stream);
                assertThat(in.poll(IGNORE, 10)).isEqualTo(Subscription.END_OF_STREAM);
                assertThat(in.poll(IGNORE, 10)).isZero();
            }
        }
    }

    @Test
    void close_onAFullRingIsToldAsWell() throws IOException {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            int sent;
            try (Publication out = channel.publish()) {
                sent = fill(out);
            }
            assertThat(in.poll(IGNORE, 1000)).isEqualTo(sent);
            assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
            assertThat(in.poll(IGNORE, 1)).isZero();
            try (Publication out = channel.publish()) {
                offer(out, 7);
                assertThat(pollAll(in)).containsExactly(7L);
            }
            assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
        }
    }

    @Test
    void close_onAFullRingIsToldToASubscriptionThatComesAfterTheSuccessor() throws IOException {
        try (Channel channel = channel(4096)) {
            int sent;
            try (Publication out = channel.publish()) {
                sent = fill(out);
            }
            try (Publication successor = channel.publish();
                    Subscription in = channel.subscribe()) {
                assertThat(in.poll(IGNORE, 1000)).isEqualTo(sent);
                offer(successor, 1);
                assertThat(in.poll(IGNORE, 1000)).isEqualTo(Subscription.END_OF_STREAM);
                assertThat(pollAll(in)).containsExactly(1L);
            }
        }
    }

    @Test
    void publish_twiceIsRefusedWithTheOwnersName() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            assertThatExceptionOfType(ResourceBusyException.class)
                    .isThrownBy(channel::publish)
                    .withMessageContaining("pid=" + ProcessHandle.current().pid());
            out.close();
            channel.publish().close();
        }
    }

    @Test
    void open_refusesAnotherCapacity() throws IOException {
        try (Channel channel = channel(4096)) {
            assertThatExceptionOfType(IncompatibleFileException.class)
                    .isThrownBy(() -> channel(8192))
                    .withMessageEndingWith("actual=4096, expected=8192")
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(IncompatibleFileException.Reason.SIZE));
            try (Channel same = Channel.named("ticks").open(domain)) {
                assertThat(same.capacity()).isEqualTo(4096);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Channel.named("ticks").capacity(5000))
                    .withMessageEndingWith("channel=ticks, capacity=5000");
            assertThatIllegalArgumentException().isThrownBy(() -> Channel.named("../ticks"));
        }
    }

    @Test
    void poll_countsAMessageWhoseHandlerThrows() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            offer(out, 1);
            offer(out, 2);
            assertThatIllegalStateException()
                    .isThrownBy(() -> in.poll(
                            (buffer, offset, length, header) -> {
                                throw new IllegalStateException("mine");
                            },
                            10))
                    .withMessage("mine");
            assertThat(pollAll(in)).containsExactly(2L);
        }
    }

    @Test
    void handler_mayCloseButNotPoll() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            offer(out, 1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> in.poll((b, offset, length, header) -> in.poll(IGNORE, 1), 1))
                    .withMessageContaining("a handler must not use its subscription");
            offer(out, 2);
            assertThat(in.poll((buffer, offset, length, header) -> in.close(), 1))
                    .isEqualTo(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> in.poll(IGNORE, 1))
                    .withMessage("subscription is closed: channel=ticks");
            assertThat(out.subscribers()).isZero();
        }
    }

    @Test
    void useByAnotherThreadIsRefused() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            offer(out, 1);
            in.poll(IGNORE, 1);
            CompletableFuture<Void> other = CompletableFuture.runAsync(
                    () -> {
                        assertThatIllegalStateException()
                                .isThrownBy(() -> out.claim(1))
                                .withMessageContaining("confined");
                        assertThatIllegalStateException()
                                .isThrownBy(() -> in.poll(IGNORE, 1))
                                .withMessageContaining("confined");
                    },
                    task -> new Thread(task).start());
            other.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void receive_timesOutAndRefusesNegativeTimeouts() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            long start = System.nanoTime();
            assertThat(in.receive(IGNORE, 1, Duration.ofMillis(250))).isZero();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(250));
            assertThat(in.receive(IGNORE, 1, Duration.ZERO)).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> in.receive(IGNORE, 1, Duration.ofNanos(-1)))
                    .withMessageEndingWith("timeout=PT-0.000000001S");
            assertThatIllegalArgumentException().isThrownBy(() -> in.poll(IGNORE, 0));
            offer(out, 1);
            assertThat(in.receive(IGNORE, 1, Duration.ofSeconds(Long.MAX_VALUE)))
                    .isEqualTo(1);
            fill(out);
            assertThat(out.offer(scratch, 0, 100, Duration.ofMillis(50))).isEqualTo(Publication.BACK_PRESSURED);
        }
    }

    @Test
    void awaitSubscribers_wakesWhenThereAreEnough() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            assertThat(out.awaitSubscribers(1, Duration.ofMillis(30))).isFalse();
            try (Subscription first = channel.subscribe()) {
                assertThat(out.awaitSubscribers(1, Duration.ZERO)).isTrue();
                assertThat(out.awaitSubscribers(2, Duration.ZERO)).isFalse();
                AtomicReference<Throwable> thrown = new AtomicReference<>();
                Thread second = started(thrown, () -> {
                    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                    while (!channel.describe().contains("waits for room") && System.nanoTime() < deadline) {
                        Thread.onSpinWait();
                    }
                    channel.subscribe();
                });
                assertThat(out.awaitSubscribers(2, Duration.ofSeconds(20))).isTrue();
                second.join();
                assertThat(thrown.get()).isNull();
                assertThat(first.position()).isZero();
            }
            assertThatIllegalArgumentException().isThrownBy(() -> out.awaitSubscribers(0, Duration.ZERO));
        }
    }

    @Test
    void receive_andOfferWakeEachOther() throws Exception {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            int messages = 200_000;
            Thread sender = new Thread(() -> {
                UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
                try {
                    for (int i = 0; i < messages; i++) {
                        message.putInt(0, i);
                        if (out.offer(message, 0, 4 + i % 60, Duration.ofSeconds(20)) < 0) {
                            return;
                        }
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            sender.start();
            int[] next = {0};
            while (next[0] < messages) {
                int count = in.receive(
                        (buffer, offset, length, header) -> {
                            assertThat(buffer.getInt(offset)).isEqualTo(next[0]);
                            assertThat(length).isEqualTo(4 + next[0] % 60);
                            next[0]++;
                        },
                        1 + next[0] % 50,
                        Duration.ofSeconds(20));
                assertThat(count).isPositive();
            }
            sender.join();
        }
    }

    @Test
    void close_fromAnotherThreadEndsASleepingReceive() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread receiver = started(thrown, () -> in.receive(IGNORE, 1, Duration.ofMinutes(1)));
            awaitState(receiver, channel, "waits for messages");
            in.close();
            receiver.join(10_000);
            assertThat(receiver.isAlive()).isFalse();
            assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
        }
    }

    @Test
    void close_ofTheDomainEndsASleepingOffer() throws Exception {
        Channel channel = channel(4096);
        Publication out = channel.publish();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread sender = started(thrown, () -> {
            while (out.claim(100, Duration.ofMinutes(1)) > 0) {
                out.commit();
            }
        });
        awaitState(sender, channel, "waits for room");
        domain.close();
        sender.join(10_000);
        assertThat(sender.isAlive()).isFalse();
        assertThat(thrown.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(channel::publish);
    }

    @Test
    void interrupt_endsASleepingReceiveAtOnce() throws Exception {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread receiver = started(thrown, () -> in.receive(IGNORE, 1, Duration.ofMinutes(1)));
            awaitState(receiver, channel, "waits for messages");
            receiver.interrupt();
            receiver.join(10_000);
            assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void delete_isRefusedWhileInUseAndThenDeletes() throws IOException {
        Channel channel = channel(4096);
        Subscription in = channel.subscribe();
        assertThatExceptionOfType(ResourceBusyException.class).isThrownBy(() -> Channel.delete(domain, "ticks"));
        in.close();
        assertThat(Channel.delete(domain, "ticks")).isTrue();
        assertThat(Channel.delete(domain, "ticks")).isFalse();
        assertThatIllegalStateException().isThrownBy(channel::publish).withMessageContaining("was deleted");
        assertThatIllegalStateException().isThrownBy(channel::subscribe).withMessageContaining("was deleted");
        channel.close();
        try (Channel again = channel(8192)) {
            assertThat(again.capacity()).isEqualTo(8192);
        }
        assertThat(Channel.reap(domain)).containsExactly("ticks");
        try (var files = Files.list(directory.path())) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("domain", "domain.lock", "live");
        }
    }

    @Test
    void damageIsAnExceptionAndNeverLeavesTheRing() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            String name = "fuzz" + round;
            try (Channel channel = Channel.named(name).capacity(4096).open(domain);
                    Publication out = channel.publish();
                    Subscription in = channel.subscribe()) {
                for (int i = random.nextInt(20); i > 0; i--) {
                    if (out.claim(random.nextInt(400)) > 0) {
                        out.commit();
                    }
                }
                damage(directory.path().resolve(name + ".channel"), random);
                for (int i = 0; i < 30; i++) {
                    useDamaged(channel, out, in, random, seed);
                }
            } catch (CorruptChannelException e) {
                assertThat(e).as("seed=%d", seed).hasMessageContaining("path=");
            }
            Files.delete(directory.path().resolve(name + ".channel"));
        }
    }

    /** Overwrites a few words of the control area and the ring by random or almost right values. */
    private static void damage(Path file, Random random) throws IOException {
        try (RandomAccessFile memory = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                int control = ChannelLayout.TAIL + 8 * random.nextInt(96);
                int frame = ChannelLayout.LAYOUT.size() + 8 * random.nextInt(512);
                int offset = random.nextBoolean() ? control : frame;
                memory.seek(offset);
                long near = Long.reverseBytes(memory.readLong()) + 16L * random.nextInt(9) - 64;
                memory.seek(offset);
                memory.writeLong(random.nextBoolean() ? random.nextLong() : Long.reverseBytes(near));
            }
        }
    }

    private static void useDamaged(Channel channel, Publication out, Subscription in, Random random, long seed) {
        try {
            switch (random.nextInt(4)) {
                case 0 ->
                    in.poll(
                            (buffer, offset, length, header) -> {
                                assertThat(offset).as("seed=%d", seed).isNotNegative();
                                assertThat(offset + length).as("seed=%d", seed).isLessThanOrEqualTo(4096);
                            },
                            5);
                case 1 -> channel.subscribe().close();
                case 2 -> assertThat(channel.describe()).isNotEmpty();
                default -> {
                    if (out.claim(random.nextInt(500)) > 0) {
                        out.commit();
                    }
                }
            }
        } catch (CorruptChannelException e) {
            assertThat(e).as("seed=%d", seed).hasMessageContaining("path=");
        }
    }

    @Test
    void subscribe_isNotToldOfAnEndThatTheLastSubscriptionKnew() throws IOException {
        try (Channel channel = channel(4096)) {
            for (long stream = 0; stream < 300; stream++) {
                try (Publication out = channel.publish();
                        Subscription in = channel.subscribe()) {
                    offer(out, stream);
                    assertThat(pollAll(in)).containsExactly(stream);
                    out.close();
                    assertThat(in.poll(IGNORE, 10)).isEqualTo(Subscription.END_OF_STREAM);
                }
            }
        }
    }

    @Test
    void subscribe_isNotToldOfAnEndBeforeItsTime() throws IOException {
        try (Channel channel = channel(4096)) {
            for (long stream = 0; stream < 300; stream++) {
                Publication out = channel.publish();
                try (Subscription in = channel.subscribe()) {
                    offer(out, stream);
                    assertThat(pollAll(in)).containsExactly(stream);
                }
                out.close(); // nobody is there to be told
            }
            try (Subscription in = channel.subscribe();
                    Publication out = channel.publish()) {
                assertThat(in.poll(IGNORE, 1)).isZero();
                out.close();
                channel.publish().close();
                assertThat(in.poll(IGNORE, 1)).isZero();
                try (Publication next = channel.publish()) {
                    offer(next, 1);
                    assertThat(pollAll(in)).containsExactly(1L);
                }
                assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
            }
        }
    }

    @Test
    void close_unreadLeavesAMessageThatLiesWhereAnEndWas() throws IOException {
        try (Channel channel = channel(4096)) {
            channel.publish().close();
            Subscription unread = channel.subscribe();
            try (RandomAccessFile memory = new RandomAccessFile(
                    directory.path().resolve("ticks.channel").toFile(), "rw")) {
                memory.seek(ChannelLayout.ENDED); // as a last leaver does that was slow
                memory.writeLong(0);
            }
            try (Publication out = channel.publish()) {
                offer(out, 1);
                unread.close();
                try (Subscription in = channel.subscribe()) {
                    assertThat(pollAll(in)).containsExactly(1L);
                }
            }
        }
    }

    @Test
    void poll_tellsTheEndOfAnEmptyStreamToWhoWasThere() throws IOException {
        try (Channel channel = channel(4096);
                Subscription in = channel.subscribe()) {
            channel.publish().close();
            assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
            assertThat(in.poll(IGNORE, 1)).isZero();
        }
    }

    @Test
    void publishAndSubscribe_workOnAnInterruptedThread() throws IOException {
        try (Channel channel = channel(4096)) {
            Thread.currentThread().interrupt();
            channel.subscribe().close();
            channel.publish().close();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void open_ofAChannelThatADeadDeleterMarkedKeepsItsLivingUsers() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish()) {
            mark(directory.path().resolve("ticks.channel"));
            try (Channel again = channel(4096);
                    Subscription in = again.subscribe()) {
                offer(out, 5);
                assertThat(pollAll(in)).containsExactly(5L);
            }
        }
    }

    @Test
    void open_ofAChannelThatADeadDeleterMarkedReplacesItIfNobodyLivesOnIt() throws IOException {
        try (Channel channel = channel(4096)) {
            mark(directory.path().resolve("ticks.channel"));
            try (Channel again = channel(8192)) {
                assertThat(again.capacity()).isEqualTo(8192);
                assertThatIllegalStateException().isThrownBy(channel::publish).withMessageContaining("was deleted");
            }
        }
    }

    /** Sets the header's flag, as a deleter that dies right after has left it. */
    private static void mark(Path file) throws IOException {
        try (RandomAccessFile header = new RandomAccessFile(file.toFile(), "rw")) {
            header.seek(64);
            header.write(1);
        }
    }

    @Test
    void useOfAClosedDomainIsAnException() throws IOException {
        Channel channel = channel(4096);
        Publication out = channel.publish();
        Subscription in = channel.subscribe();
        int index = out.claim(8);
        domain.close();
        domain.close();
        out.buffer().putLong(index, 1); // an open claim keeps the memory
        out.commit();
        assertThatIllegalStateException().isThrownBy(() -> out.claim(8)).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(() -> in.poll(IGNORE, 1)).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(channel::describe).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(channel::subscribe).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(() -> channel(4096)).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(domain::describe).withMessageContaining("is closed");
        assertThatIllegalStateException().isThrownBy(domain::participants).withMessageContaining("is closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> Channel.delete(domain, "ticks"))
                .withMessageContaining("is closed");
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> out.buffer().putLong(index, 1));
    }

    @Test
    void describe_namesEverybody() throws IOException {
        try (Channel channel = channel(4096);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            offer(out, 1);
            assertThat(channel.describe())
                    .contains("capacity=4096, tail=32, limit=4096")
                    .contains("publisher: pid=" + ProcessHandle.current().pid())
                    .contains("position=0, lag=32");
            assertThat(in.position()).isZero();
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread started(AtomicReference<Throwable> thrown, Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception e) {
                thrown.set(e);
            }
        });
        thread.start();
        return thread;
    }

    private static void awaitState(Thread thread, Channel channel, String state) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!channel.describe().contains(state)) {
            assertThat(thread.isAlive()).isTrue();
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
