package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a publication does, be it the only one of its channel or one of many. */
public abstract class PublicationContract {
    private static final int CAPACITY = 4096;
    /** With its frame half of the ring. */
    private static final int MOST = CAPACITY / 2 - Publication.stride(0);

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(20);

    private final TemporaryDomain directory = new TemporaryDomain();
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[CAPACITY]);
    private final List<Long> received = new ArrayList<>();
    private final MessageHandler receiver = (buffer, offset, length, header) -> received.add(buffer.getLong(offset));
    private Domain domain;
    private Channel channel;

    /** Opens, or creates, the channel {@code name}. */
    protected abstract Channel open(Domain domain, String name, int capacity) throws IOException;

    @BeforeEach
    final void open() throws IOException {
        domain = directory.open();
        channel = open(domain, "ticks", CAPACITY);
    }

    @AfterEach
    final void close() {
        domain.close();
        directory.close();
    }

    private static long send(Publication out, long value) {
        int index = out.claim(Long.BYTES);
        assertThat(index).isPositive();
        out.buffer().putLong(index, value);
        return out.commit();
    }

    private List<Long> receive(Subscription in) {
        received.clear();
        int count;
        do {
            count = in.poll(receiver, 7);
        } while (count > 0);
        return received;
    }

    private static int fill(Publication out, int length) {
        int count = 0;
        while (out.claim(length) > 0) {
            out.commit();
            count++;
        }
        return count;
    }

    // ------------------------------------------------------------ one message

    @Test
    final void commit_makesTheMessageVisible_andNotBefore() {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            int index = out.claim(Long.BYTES);
            out.buffer().putLong(index, 42);
            assertThat(receive(in)).isEmpty();
            assertThat(out.commit()).isEqualTo(Publication.stride(Long.BYTES)).isEqualTo(out.position());
            assertThat(receive(in)).containsExactly(42L);
            assertThat(in.position()).isEqualTo(out.position());
        }
    }

    @Test
    final void abort_isNeverSeen() {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            send(out, 1);
            out.claim(100);
            out.abort();
            send(out, 2);
            assertThat(receive(in)).containsExactly(1L, 2L);
        }
    }

    @Test
    final void claim_anyLength_isWholeAtEachAlignmentOfTheRingsEnd() {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            for (int round = 0; round < 3 * CAPACITY; round++) {
                int length = round * 13 % (MOST + 1);
                int index = out.claim(length);
                assertThat(index % 16).isZero();
                out.buffer().setMemory(index, length, (byte) round);
                out.commit();
                byte expected = (byte) round;
                int count = in.poll(
                        (buffer, offset, size, header) -> {
                            assertThat(size).isEqualTo(length);
                            for (int i = 0; i < size; i++) {
                                if (buffer.getByte(offset + i) != expected) {
                                    throw new AssertionError("torn: length=" + length + ", index=" + i);
                                }
                            }
                        },
                        2);
                assertThat(count).isOne();
            }
        }
    }

    @Test
    final void offer_ofAnySource_copies() throws InterruptedException {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            byte[] array = new byte[24];
            ByteBuffer bytes = ByteBuffer.wrap(array).position(8).limit(16);
            ByteBuffer direct = ByteBuffer.allocateDirect(24).position(4).limit(12);
            new UnsafeBuffer(array).putLong(8, 5);
            new UnsafeBuffer(direct).putLong(4, 6);
            assertThat(out.offer(new UnsafeBuffer(array), 8, 8)).isEqualTo(32);
            assertThat(out.offer(new UnsafeBuffer(array), 8, 8, MOMENT)).isEqualTo(64);
            assertThat(out.offer(array, 8, 8)).isEqualTo(96);
            assertThat(out.offer(array, 8, 8, MOMENT)).isEqualTo(128);
            assertThat(out.offer(bytes)).isEqualTo(160);
            assertThat(out.offer(bytes, MOMENT)).isEqualTo(192);
            assertThat(out.offer(direct)).isEqualTo(224);
            assertThat(receive(in)).containsExactly(5L, 5L, 5L, 5L, 5L, 5L, 6L);
            assertThat(bytes.position()).isEqualTo(8);
            assertThat(bytes.limit()).isEqualTo(16);
        }
    }

    @Test
    final void offer_outsideOfItsSource_claimsNothing() {
        try (Publication out = channel.publish()) {
            assertThatThrownBy(() -> out.offer(scratch, CAPACITY - 7, 8)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> out.offer(new byte[8], 1, 8)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> out.offerBatch(scratch, 0, CAPACITY / 2, 3))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(send(out, 1)).isEqualTo(Publication.stride(Long.BYTES));
        }
    }

    @Test
    final void claim_outOfRange_tellsBothLengths() {
        try (Publication out = channel.publish()) {
            assertThat(out.maxMessageLength()).isEqualTo(MOST);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> out.claim(MOST + 1))
                    .withMessageEndingWith("length=" + (MOST + 1) + ", maxMessageLength=" + MOST);
            assertThatIllegalArgumentException().isThrownBy(() -> out.claim(-1));
        }
    }

    // ------------------------------------------------------------ batches

    @Test
    final void claimBatch_isReceivedInOrder() {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            for (int round = 0; round < 1000; round++) {
                int count = 1 + round % 16;
                int length = 8 + round % 50;
                int index = out.claimBatch(count, length);
                List<Long> sent = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    out.buffer().putLong(index + i * Publication.stride(length), round * 100L + i);
                    sent.add(round * 100L + i);
                }
                assertThat(out.commit()).isEqualTo(out.position());
                assertThat(receive(in)).isEqualTo(sent);
            }
        }
    }

    @Test
    final void claimBatch_aborted_isNeverSeen() {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            out.claimBatch(5, 20);
            out.abort();
            send(out, 3);
            assertThat(receive(in)).containsExactly(3L);
        }
    }

    @Test
    final void claimBatch_outOfRange_isRefused() {
        try (Publication out = channel.publish()) {
            assertThatIllegalArgumentException().isThrownBy(() -> out.claimBatch(0, 8));
            assertThatIllegalArgumentException().isThrownBy(() -> out.claimBatch(Integer.MAX_VALUE, MOST));
            assertThatIllegalArgumentException().isThrownBy(() -> out.claimBatch(2, MOST));
            assertThat(out.claimBatch(1, MOST)).isPositive();
            out.abort();
        }
    }

    @Test
    final void offerBatch_copiesAll() throws InterruptedException {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            for (int i = 0; i < 8; i++) {
                scratch.putLong(8 * i, i);
            }
            assertThat(out.offerBatch(scratch, 0, 8, 4)).isEqualTo(128);
            assertThat(out.offerBatch(scratch, 32, 8, 4, MOMENT)).isEqualTo(256);
            assertThat(receive(in)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
        }
    }

    // ------------------------------------------------------------ room

    @Test
    final void claim_withoutSubscriber_fillsThenTheFirstGetsAll() {
        try (Publication out = channel.publish()) {
            int count = fill(out, 48);
            assertThat(count).isEqualTo(CAPACITY / 64);
            assertThat(out.backlog()).isEmpty();
            try (Subscription in = channel.subscribe()) {
                assertThat(receive(in)).hasSize(count);
                assertThat(out.claim(48)).isPositive();
                out.abort();
            }
        }
    }

    @Test
    final void claim_slowestSubscriberHoldsUp_andIsTold() {
        try (Publication out = channel.publish();
                Subscription fast = channel.subscribe();
                Subscription slow = channel.subscribe()) {
            fill(out, 48);
            assertThat(receive(fast)).hasSize(64);
            assertThat(out.claim(48)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(out.offer(scratch, 0, 8)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(out.backlog()).singleElement().satisfies(backlog -> {
                assertThat(backlog.pid()).isEqualTo(ProcessHandle.current().pid());
                assertThat(backlog.lag()).isEqualTo(CAPACITY);
                assertThat(backlog.stopped()).isFalse();
            });
            assertThat(receive(slow)).hasSize(64);
            assertThat(out.claim(48)).isPositive();
            out.abort();
        }
    }

    @Test
    final void claim_timedOut_tellsAndLeavesNothingOpen() throws InterruptedException {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            int count = fill(out, 48);
            assertThat(out.claim(48, MOMENT)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(out.claimBatch(2, 48, MOMENT)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(out.offer(scratch, 0, 48, MOMENT)).isEqualTo(Publication.BACK_PRESSURED);
            assertThat(receive(in)).hasSize(count);
            assertThat(out.claim(48, Duration.ZERO)).isPositive();
            out.abort();
        }
    }

    @Test
    final void claim_blocked_goesOnWhenTheSubscriberDoes() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            fill(out, 48);
            Thread waker = inThread(() -> {
                Conditions.await("waits", SOON, () -> channel.describe().contains("waits for room"));
                in.poll(receiver, 1);
            });
            long start = System.nanoTime();
            assertThat(out.claim(48, SOON)).isPositive();
            assertThat(System.nanoTime() - start).isLessThan(SOON.toNanos() / 2);
            out.abort();
            Conditions.join(waker, SOON);
        }
    }

    @Test
    final void claim_interruptedWhileBlocked_leavesNothingOpen() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            fill(out, 48);
            Thread me = Thread.currentThread();
            Thread waker = inThread(() -> {
                Conditions.await("waits", SOON, () -> channel.describe().contains("waits for room"));
                me.interrupt();
            });
            assertThatThrownBy(() -> out.claim(48, SOON)).isInstanceOf(InterruptedException.class);
            Conditions.join(waker, SOON);
            receive(in);
            send(out, 4);
            assertThat(receive(in)).containsExactly(4L);
        }
    }

    @Test
    final void awaitSubscribers_countsThem() throws InterruptedException {
        try (Publication out = channel.publish();
                Subscription first = channel.subscribe()) {
            assertThat(out.awaitSubscribers(1, Duration.ZERO)).isTrue();
            assertThat(out.awaitSubscribers(2, MOMENT)).isFalse();
            assertThat(out.subscribers()).isOne();
            first.close();
            assertThat(out.subscribers()).isZero();
        }
    }

    // ------------------------------------------------------------ beginning and end

    @Test
    final void subscribe_latest_getsWhatComesLater() {
        try (Publication out = channel.publish()) {
            send(out, 1);
            try (Subscription in = channel.subscribe(StartPosition.LATEST)) {
                send(out, 2);
                assertThat(receive(in)).containsExactly(2L);
            }
        }
    }

    @Test
    final void subscribe_atAPosition_goesOnThere() {
        try (Publication out = channel.publish();
                Subscription keeper = channel.subscribe()) {
            send(out, 1);
            long position = send(out, 2);
            send(out, 3);
            try (Subscription in = channel.subscribe(position)) {
                assertThat(receive(in)).containsExactly(3L);
            }
            assertThatIllegalArgumentException().isThrownBy(() -> channel.subscribe(position + 16));
            assertThatIllegalArgumentException().isThrownBy(() -> channel.subscribe(position + 8));
            assertThatIllegalArgumentException().isThrownBy(() -> channel.subscribe(-16L));
            assertThatIllegalArgumentException().isThrownBy(() -> channel.subscribe(10L * CAPACITY));
            assertThat(receive(keeper)).containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    final void close_endsTheStreamBehindTheLastMessage_once() {
        try (Subscription in = channel.subscribe()) {
            Publication out = channel.publish();
            send(out, 1);
            out.close();
            out.close();
            assertThat(out.isClosed()).isTrue();
            assertThat(in.poll(receiver, 10)).isOne();
            assertThat(in.poll(receiver, 10)).isEqualTo(Subscription.END_OF_STREAM);
            assertThat(in.poll(receiver, 10)).isZero();
            try (Publication successor = channel.publish()) {
                send(successor, 2);
                assertThat(receive(in)).containsExactly(2L);
            }
            assertThat(in.poll(receiver, 10)).isEqualTo(Subscription.END_OF_STREAM);
        }
    }

    @Test
    final void close_whileAClaimIsOpen_waitsForItsEnd() {
        try (Subscription in = channel.subscribe()) {
            Publication out = channel.publish();
            int index = out.claim(Long.BYTES);
            out.close();
            assertThat(in.poll(receiver, 10)).isZero();
            out.buffer().putLong(index, 9);
            out.commit();
            assertThat(in.poll(receiver, 10)).isOne();
            assertThat(in.poll(receiver, 10)).isEqualTo(Subscription.END_OF_STREAM);
            assertThatIllegalStateException()
                    .isThrownBy(() -> out.claim(8))
                    .withMessage("publication is closed: channel=ticks");
        }
    }

    // ------------------------------------------------------------ misuse

    @Test
    final void claim_whileOneIsOpen_isRefused() {
        try (Publication out = channel.publish()) {
            out.claim(8);
            assertThatIllegalStateException()
                    .isThrownBy(() -> out.claim(8))
                    .withMessage("a claim is open, commit or abort it first: channel=ticks");
            out.abort();
            assertThatIllegalStateException().isThrownBy(out::commit).withMessage("no claim is open: channel=ticks");
            assertThatIllegalStateException().isThrownBy(out::abort).withMessage("no claim is open: channel=ticks");
        }
    }

    @Test
    final void claim_byAnotherThread_isRefused() throws Exception {
        try (Publication out = channel.publish()) {
            send(out, 1);
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread other = inThread(() -> {
                try {
                    out.claim(8);
                    thrown.complete(new AssertionError("not refused"));
                } catch (IllegalStateException e) {
                    thrown.complete(e);
                }
            });
            assertThat(thrown.get(10, TimeUnit.SECONDS)).hasMessageContaining("confined to another thread");
            Conditions.join(other, SOON);
        }
    }

    // ------------------------------------------------------------ cost

    /** All of it together, so that a byte a message is seen: 200,000 messages on each side. */
    @Test
    final void messages_allocateNothingOnEitherSide() {
        long[] bytes = {0};
        MessageHandler adder = (buffer, offset, length, header) -> bytes[0] += length;
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            exchange(out, in, adder, 20_000);
            com.sun.management.ThreadMXBean threads =
                    (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            exchange(out, in, adder, 200_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated).as("bytes for 200,000 messages").isLessThan(20_000);
            assertThat(bytes[0]).isEqualTo(220_000 / 4 * (8 + 20 + 2 * 8));
        }
    }

    private void exchange(Publication out, Subscription in, MessageHandler handler, int messages) {
        for (int i = 0; i < messages; i += 4) {
            int index = out.claim(Long.BYTES);
            out.buffer().putLong(index, i);
            out.commit();
            out.claim(40);
            out.abort();
            out.offer(scratch, 0, 20);
            out.claimBatch(2, 8);
            out.commit();
            int count = 0;
            while (count < 4) {
                count += in.poll(handler, 16);
            }
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static Thread inThread(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        return thread;
    }
}
