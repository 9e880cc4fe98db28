package io.sluice.shm.channel;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.OperationGuard;
import io.sluice.shm.memory.Words;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The sending end of a channel; a channel has one at a time.
 *
 * <p>Guarantees: what {@link #commit} or {@link #offer} has returned for is delivered, whole and in order, to every
 * subscription that lives, even if this process is killed right after; what was claimed and not committed is never
 * seen. Nothing is overwritten that a living subscription has not read: without room, or without a subscriber once the
 * ring is full, the answer is {@link #BACK_PRESSURED}. A dead subscriber is dropped within milliseconds.
 *
 * <p>Progress: {@link #claim(int)}, {@link #commit} and {@link #offer(DirectBuffer, int, int)} do not block, allocate
 * or make system calls, except to wake a subscriber that sleeps and, without room, about once a millisecond to look for
 * dead subscribers. The forms with a time-out sleep in the kernel.
 *
 * <p>Confined to the thread that first uses it; only {@link #close} may come from any thread.
 */
public final class Publication implements AutoCloseable {
    /** There is no room: a subscriber is slow, or there is none. See {@link Channel#describe}. */
    public static final int BACK_PRESSURED = -1;

    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** An operation that is no claim. */
    private static final int OTHER = -1;

    private final Channel channel;
    private final Ring ring;
    private final Words words;
    private final UnsafeBuffer data;
    private final int capacity;
    private final int mask;
    private final int maxMessageLength;
    private final OperationGuard guard;
    private final Runnable closer = this::close;
    private final RoomWaiter waiter;

    private @Nullable Thread user;
    private long position;
    /** Frames may end here without a look at the subscribers; the slow path raises it. */
    private long limit = Long.MIN_VALUE;

    /** The tail word follows when the position gets here. */
    private long nextTail;

    /** The type of the control frame that goes before the first message, 0 for none. */
    private int owed;

    private long lastProbe = System.nanoTime() - PROBE_NANOS;

    /** The channel's publisher word is ours; {@code died}: the one before us still held it when it died. */
    Publication(Channel channel, Ring ring, boolean died) {
        this.channel = channel;
        this.ring = ring;
        this.words = ring.words();
        this.data = ring.data();
        this.capacity = ring.capacity();
        this.mask = capacity - 1;
        this.maxMessageLength = ring.maxMessageLength();
        this.position = ring.tail();
        this.guard = new OperationGuard(ring.fences(), this::release);
        this.waiter = new RoomWaiter();
        moveTail();
        if (died && Frame.due(words.longAcquire(ChannelLayout.ENDED), position) == 0) {
            words.longVolatile(ChannelLayout.ENDED, Frame.due(position, Frame.PUBLISHER_DIED));
            ring.wakeSubscribers();
        }
        this.owed = Frame.due(words.longAcquire(ChannelLayout.ENDED), position);
        channel.adopt(closer);
    }

    /** The memory to encode claimed messages in; valid between claim and commit. */
    public MutableDirectBuffer buffer() {
        return data;
    }

    /** Longest message, bytes: an eighth of the capacity. */
    public int maxMessageLength() {
        return maxMessageLength;
    }

    /**
     * Claims room for a message, to be encoded in {@link #buffer()} from the returned index on and then committed or
     * aborted. One claim can be open at a time; {@link #close} waits for its end.
     *
     * @param length of the message, bytes, 0 to {@link #maxMessageLength()}
     * @return the index in {@link #buffer()}, a positive multiple of 16, or {@link #BACK_PRESSURED}
     * @throws IllegalArgumentException if the length is out of range
     * @throws IllegalStateException if a claim is open, the publication is closed, or another thread uses it
     */
    public int claim(int length) {
        begin(length);
        int index = BACK_PRESSURED;
        try {
            index = reserve(length);
        } finally {
            if (index < 0) {
                guard.exit();
            }
        }
        return index;
    }

    /**
     * As {@link #claim(int)}, but waits for room.
     *
     * @param timeout not negative; zero does not wait
     * @return the index, or {@link #BACK_PRESSURED} on time-out
     * @throws InterruptedException if the thread is interrupted while there is no room
     * @throws IllegalStateException also if the publication is closed meanwhile
     */
    public int claim(int length, Duration timeout) throws InterruptedException {
        long nanos = Waiter.nanos(timeout);
        begin(length);
        waiter.length = length;
        int index = 0;
        try {
            index = waiter.await(nanos);
        } finally {
            if (index == 0) {
                guard.exit();
            }
        }
        return index == 0 ? BACK_PRESSURED : index;
    }

    /**
     * Commits the open claim: subscribers see the message.
     *
     * @return the position behind the message
     * @throws IllegalStateException if no claim is open
     */
    public long commit() {
        append((int) position & mask, claimed(), Frame.MESSAGE);
        long end = position;
        guard.exit();
        return end;
    }

    /**
     * Gives the open claim up; nobody sees it.
     *
     * @throws IllegalStateException if no claim is open
     */
    public void abort() {
        claimed();
        guard.exit();
    }

    /** The length of the open claim. */
    private int claimed() {
        if (Thread.currentThread() != user) {
            confine();
        }
        int operation = guard.operation();
        if (operation == 0) {
            throw new IllegalStateException("no claim is open: channel=" + channel.name());
        }
        return operation - 1;
    }

    /**
     * Copies a message into the ring.
     *
     * @return the position behind the message, or {@link #BACK_PRESSURED}
     * @throws IndexOutOfBoundsException if the range is outside {@code source}
     * @throws IllegalArgumentException as {@link #claim(int)}
     * @throws IllegalStateException as {@link #claim(int)}
     */
    public long offer(DirectBuffer source, int offset, int length) {
        source.boundsCheck(offset, length);
        int index = claim(length);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, offset, length);
    }

    /**
     * As {@link #offer(DirectBuffer, int, int)}, but waits for room.
     *
     * @param timeout not negative; zero does not wait
     * @return the position behind the message, or {@link #BACK_PRESSURED} on time-out
     * @throws InterruptedException if the thread is interrupted while there is no room
     */
    public long offer(DirectBuffer source, int offset, int length, Duration timeout) throws InterruptedException {
        source.boundsCheck(offset, length);
        int index = claim(length, timeout);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, offset, length);
    }

    private long copyAndCommit(int index, DirectBuffer source, int offset, int length) {
        boolean copied = false;
        try {
            data.putBytes(index, source, offset, length);
            copied = true;
        } finally {
            if (!copied) {
                abort();
            }
        }
        return commit();
    }

    /** Enters the guard, or throws and has not entered. */
    private void begin(int length) {
        if (length < 0 || length > maxMessageLength) {
            throw new IllegalArgumentException("message length is out of range: channel=" + channel.name() + ", length="
                    + length + ", maxMessageLength=" + maxMessageLength);
        }
        enter(length + 1);
    }

    /** {@code operation}: for a claim its length plus one, so that it need not be stored a second time. */
    private void enter(int operation) {
        if (Thread.currentThread() != user) {
            confine();
        }
        if (guard.operation() != 0) {
            throw new IllegalStateException("a claim is open, commit or abort it first: channel=" + channel.name());
        }
        if (!guard.enter(operation)) {
            throw closed();
        }
    }

    private void confine() {
        if (!isFirstUser()) {
            throw new IllegalStateException(
                    "publication is confined to another thread: channel=" + channel.name() + ", thread=" + user);
        }
    }

    private synchronized boolean isFirstUser() {
        if (user == null) {
            user = Thread.currentThread();
        }
        return user == Thread.currentThread();
    }

    private IllegalStateException closed() {
        return new IllegalStateException("publication is closed: channel=" + channel.name());
    }

    private int reserve(int length) {
        int size = Frame.size(length);
        int offset = (int) position & mask;
        if (position + size > limit || size > capacity - offset) {
            if (!makeRoom(size)) {
                return BACK_PRESSURED;
            }
            offset = (int) position & mask;
        }
        return offset + Frame.HEADER;
    }

    /** The slow path of a claim: writes what is owed, pads the ring's end, asks the subscribers. */
    private boolean makeRoom(int size) {
        if (owed != 0 && !payOwed()) {
            return false;
        }
        int untilEnd = capacity - ((int) position & mask);
        if (size > untilEnd) {
            if (!hasRoom(untilEnd)) {
                return false;
            }
            append((int) position & mask, untilEnd - Frame.HEADER, Frame.PADDING);
        }
        return hasRoom(size);
    }

    /** Tells the subscribers how the stream before this one ended, unless the last of them has left and knew. */
    private boolean payOwed() {
        if (Frame.due(words.longAcquire(ChannelLayout.ENDED), position) != 0) {
            if (!hasRoom(Frame.HEADER)) {
                return false;
            }
            append((int) position & mask, 0, owed);
        }
        owed = 0;
        return true;
    }

    private boolean hasRoom(int size) {
        long end = position + size;
        return end <= limit || raiseLimit(end) || (probeIsDue() && ring.dropDeadSubscribers() && raiseLimit(end));
    }

    private boolean probeIsDue() {
        long now = System.nanoTime();
        if (now - lastProbe < PROBE_NANOS) {
            return false;
        }
        lastProbe = now;
        return true;
    }

    /**
     * Steps P4 to P7: the shared limit is raised first, then, behind a fence, the subscribers are looked at once more;
     * a subscriber that joins either sees the new limit or is seen here.
     */
    private boolean raiseLimit(long end) {
        long first = position - capacity;
        long shared = ring.raiseLimit(first, position, position);
        ring.fences().light();
        long lowest = ring.lowestPosition(first, position);
        if (lowest == Ring.SUBSCRIBER_JOINING) {
            return false;
        }
        limit = lowest == Ring.NO_SUBSCRIBER ? shared : Math.min(shared, lowest + capacity);
        return end <= limit;
    }

    private void append(int offset, int length, int type) {
        ring.commit(offset, length, type, position);
        position += Frame.size(length);
        if (position >= nextTail) {
            moveTail();
        }
        ring.fences().light();
        ring.wakeSubscribers();
    }

    /** Every store to shared memory that a message does not need makes the line of the next one wait. */
    private void moveTail() {
        ring.moveTail(position);
        nextTail = position + ring.tailStep();
    }

    /** The position behind the last message that was committed, bytes since the channel was created. */
    public long position() {
        return position;
    }

    /** The number of subscriptions, dead ones included until they are noticed. */
    public int subscribers() {
        enter(OTHER);
        try {
            return ring.subscribers();
        } finally {
            guard.exit();
        }
    }

    /**
     * Waits until there are subscriptions; the dead do not count.
     *
     * @param count how many, at least 1
     * @param timeout not negative; zero does not wait
     * @return false on time-out
     * @throws InterruptedException if the thread is interrupted while there are fewer
     */
    public boolean awaitSubscribers(int count, Duration timeout) throws InterruptedException {
        if (count < 1 || count > Channel.MAX_SUBSCRIBERS) {
            throw new IllegalArgumentException("count must be 1 to " + Channel.MAX_SUBSCRIBERS + ": channel="
                    + channel.name() + ", count=" + count);
        }
        long nanos = Waiter.nanos(timeout);
        enter(OTHER);
        try {
            ring.dropDeadSubscribers();
            return new SubscriberWaiter(count).await(nanos) != 0;
        } finally {
            guard.exit();
        }
    }

    public boolean isClosed() {
        return guard.isClosed();
    }

    /**
     * Ends the stream: subscriptions get {@link Subscription#END_OF_STREAM} behind the last message. Idempotent, never
     * blocks, from any thread; while a claim is open, or another thread is in an operation, the end of that closes. A
     * sleeping claim or offer throws.
     */
    @Override
    public void close() {
        if (!guard.isClosed() && !guard.close()) {
            channel.ringOwnBells();
        }
    }

    /** Runs once, when no operation is under way any more. The end gets its frame from the successor, if there is one. */
    private void release() {
        moveTail();
        if (Frame.due(words.longAcquire(ChannelLayout.ENDED), position) == 0) {
            words.longRelease(ChannelLayout.ENDED, Frame.due(position, Frame.END_OF_STREAM));
        }
        words.longVolatile(ChannelLayout.PUBLISHER, Owner.NOBODY);
        ring.wakeSubscribers();
        channel.orphan(closer);
    }

    /** Sleeps on the publisher's bell, which is rung for room, and by subscribers that come and go. */
    private abstract class PublisherWaiter extends Waiter {
        PublisherWaiter() {
            super(ring.core());
        }

        @Override
        void publish(int bell) {
            words.intVolatile(ChannelLayout.PUBLISHER_BELL, bell);
        }

        @Override
        void ensureOpen() {
            if (guard.isClosed()) {
                throw closed();
            }
        }
    }

    private final class SubscriberWaiter extends PublisherWaiter {
        private final int count;

        SubscriberWaiter(int count) {
            this.count = count;
        }

        @Override
        int attempt() {
            return ring.subscribers() >= count ? 1 : 0;
        }

        @Override
        int examine() {
            ring.dropDeadSubscribers();
            return attempt();
        }
    }

    private final class RoomWaiter extends PublisherWaiter {
        private int length;

        @Override
        int attempt() {
            return Math.max(0, reserve(length));
        }

        @Override
        int examine() {
            int index = attempt();
            return index == 0 && ring.dropDeadSubscribers() ? attempt() : index;
        }
    }
}
