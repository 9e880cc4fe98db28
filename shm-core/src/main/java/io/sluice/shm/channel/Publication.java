package io.sluice.shm.channel;

import io.sluice.shm.memory.OperationGuard;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The sending end of a channel: the only one, or, of a guarded channel, one of many, whose messages are in one order for
 * all subscriptions.
 *
 * <p>Guarantees: what {@link #commit} or {@link #offer} has returned for is delivered, whole and in order, to every
 * subscription that lives, even if this process is killed right after; what was claimed and not committed is never
 * seen. Nothing is overwritten that a living subscription has not read: without room, or without a subscriber once the
 * ring is full, the answer is {@link #BACK_PRESSURED}. A dead subscriber is dropped within milliseconds, and so is a
 * claim whose publication died.
 *
 * <p>Of a guarded channel an open claim keeps the messages behind it, of others too, from being received: commit soon. A
 * process that is stopped with an open claim is waited for; {@link Channel#describe} names it.
 *
 * <p>Progress: {@link #claim(int)}, {@link #commit} and the offers without time-out do not block, allocate or make system
 * calls, except to wake a subscriber that sleeps, for a memory barrier when the publication before them was another one that
 * streamed, and, without room, about once a millisecond to look for the dead. Without room they look twice, 0.2 us apart.
 * Of two publications that claim at the same moment, one spins for 0.2 to 5 us. The forms with a time-out sleep in the
 * kernel.
 *
 * <p>Confined to the thread that first uses it; only {@link #close} may come from any thread.
 */
public abstract sealed class Publication implements AutoCloseable permits ExclusivePublication, SharedPublication {
    /** There is no room: a subscriber is slow, or there is none. See {@link #backlog} and {@link Channel#describe}. */
    public static final int BACK_PRESSURED = -1;

    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Spins between two looks for room. */
    private static final int HINTS = 8;
    /** Where a claim ends in an operation that has none, or not yet: at no position. */
    private static final long NOWHERE = -1;
    /** In place of an index or its absence: an exception. */
    private static final int FAILED = -2;
    /** In place of a batch's length. */
    private static final int NO_BATCH = -1;

    private static final VarHandle CLAIM_END;
    private static final VarHandle POSITION;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CLAIM_END = lookup.findVarHandle(Publication.class, "claimEnd", long.class);
            POSITION = lookup.findVarHandle(Publication.class, "position", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Ring ring;
    private final Channel channel;
    private final UnsafeBuffer data;
    private final int maxMessageLength;
    private final int indexMask;
    private final OperationGuard guard;
    private final Runnable closer = this::close;
    private final RoomWaiter waiter;
    /** Of a guarded channel. */
    private final @Nullable Recovery recovery;

    private @Nullable Thread user;
    private long lastProbe = System.nanoTime() - PROBE_NANOS;

    /** The length of the open batch's messages. */
    private int batchLength = NO_BATCH;

    /** Where the open claim ends. It differs from {@code position} in an operation, and else does not: the guard's flag. */
    private long claimEnd;

    /** Of the open claim; without one behind the last. */
    long position;

    Publication(Channel channel, Ring ring, @Nullable Recovery recovery) {
        this.channel = channel;
        this.ring = ring;
        this.data = ring.data();
        this.maxMessageLength = ring.maxMessageLength();
        this.indexMask = ring.capacity() - 1;
        this.position = ring.tail();
        this.claimEnd = position;
        this.guard = new OperationGuard(ring.fences(), this::isUnderWay, this::release);
        this.waiter = new RoomWaiter();
        this.recovery = recovery;
    }

    // ------------------------------------------------------------ what the kinds do differently
    //
    // The channel opens each kind by a static method of it: for a constructor's call its verifier would load both, and
    // where
    // both are loaded, compilers test at each of these calls which one it is.

    /**
     * Takes the ring in one piece from {@link #position} to {@code end}, if that is known to be free. Small, so that
     * compilers make one piece of a claim, an encoder and a commit.
     *
     * @return the index of the first message, or a negative value: {@link #tryReserve} has a closer look
     */
    abstract int reserveKnownRoom(long end);

    /**
     * Takes {@code size} bytes of the ring in one piece, at {@link #position}; does not wait.
     *
     * @return the index of the first message, or {@link #BACK_PRESSURED}
     */
    abstract int tryReserve(int size);

    /** What was reserved up to {@code end} is committed: wakes those who wait for it. */
    abstract void finish(long end);

    /** What was reserved up to {@code end} is given up: whether that is committed, as padding, and to be finished. */
    abstract boolean giveUp(long end);

    /** Publishes the bell to ring when there is room; zero takes it away. */
    abstract void publishBell(int bell);

    /** Gives back the place in the channel. */
    abstract void leave();

    /** Of the message in the frame at {@code from}. The second mask changes nothing, but tells compilers the sign. */
    final int index(long from) {
        return ((int) from & indexMask & (Channel.MAX_CAPACITY - 1)) + Frame.HEADER;
    }

    final void adopt() {
        channel.adopt(closer);
    }

    // ------------------------------------------------------------ claiming

    /** The memory to encode claimed messages in; valid between claim and commit. */
    public final MutableDirectBuffer buffer() {
        return data;
    }

    /** Longest message, bytes: half of the capacity less 16, so that its frame fits into an empty ring wherever that begins. */
    public final int maxMessageLength() {
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
    public final int claim(int length) {
        check(length);
        int size = Frame.size(length);
        begin(position + size);
        int index = reserveIfKnown(claimEnd);
        if (index < 0) {
            index = reserveAnew(size);
            if (index < 0) {
                return BACK_PRESSURED;
            }
        }
        ring.head(length, Frame.MESSAGE, position);
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
    public final int claim(int length, Duration timeout) throws InterruptedException {
        long nanos = Waiter.nanos(timeout);
        check(length);
        begin(NOWHERE);
        int index = await(Frame.size(length), nanos);
        if (index >= 0) {
            ring.head(length, Frame.MESSAGE, position);
        }
        return index;
    }

    /**
     * Claims room for several messages of one length at once, which costs little more than a claim for one. The first is
     * encoded at the returned index, each other {@link #stride} bytes behind the one before it; {@link #commit} commits
     * all, {@link #abort} none.
     *
     * @param count of messages, at least 1; all together, {@code count * stride(length)}, at most
     *     {@code stride(maxMessageLength())} bytes
     * @param length of each message, bytes
     * @return as {@link #claim(int)}
     * @throws IllegalArgumentException if a length is out of range
     * @throws IllegalStateException as {@link #claim(int)}
     */
    public final int claimBatch(int count, int length) {
        int size = checkedBatchSize(count, length);
        begin(NOWHERE);
        return openBatch(length, reserve(size));
    }

    /** As {@link #claimBatch(int, int)}, but waits for room as {@link #claim(int, Duration)} does. */
    public final int claimBatch(int count, int length, Duration timeout) throws InterruptedException {
        long nanos = Waiter.nanos(timeout);
        int size = checkedBatchSize(count, length);
        begin(NOWHERE);
        return openBatch(length, await(size, nanos));
    }

    /** How far apart messages of {@code length} bytes lie in a batch, bytes. */
    public static int stride(int length) {
        return Frame.size(length);
    }

    private int checkedBatchSize(int count, int length) {
        long size = (long) count * Frame.size(length);
        if (count < 1 || length < 0 || length > maxMessageLength || size > Frame.size(maxMessageLength)) {
            throw new IllegalArgumentException("batch is out of range: channel=" + channel.name() + ", count=" + count
                    + ", length=" + length + ", size=" + size + ", maxSize=" + Frame.size(maxMessageLength));
        }
        return (int) size;
    }

    private int openBatch(int length, int index) {
        if (index >= 0) {
            batchLength = length;
        }
        return index;
    }

    /** Inside the operation; leaves it without room. */
    private int reserve(int size) {
        int index = reserveIfKnown(position + size);
        if (index < 0) {
            return reserveAnew(size);
        }
        claimEnd = position + size;
        return index;
    }

    private int reserveIfKnown(long end) {
        int index = FAILED;
        try {
            index = reserveKnownRoom(end);
        } finally {
            if (index == FAILED) {
                exit();
            }
        }
        return index;
    }

    private int reserveAnew(int size) {
        claimEnd = NOWHERE;
        int index = BACK_PRESSURED;
        try {
            index = tryReserve(size);
            if (index < 0) {
                letSubscribersRead();
                index = tryReserve(size);
            }
            if (index < 0 && probeIsDue() && clearTheWay()) {
                index = tryReserve(size);
            }
        } finally {
            settle(index < 0, size);
        }
        return index;
    }

    /**
     * Who claims again and again in a full ring takes the lines of the positions away from those who must move them, and
     * has its compiler believe that a claim is mostly a look for room.
     */
    private static void letSubscribersRead() {
        for (int i = 0; i < HINTS; i++) {
            Thread.onSpinWait();
        }
    }

    private int await(int size, long nanos) throws InterruptedException {
        waiter.size = size;
        int index = 0;
        try {
            index = waiter.await(nanos);
        } finally {
            settle(index == 0, size);
        }
        return index == 0 ? BACK_PRESSURED : index;
    }

    private void settle(boolean failed, int size) {
        if (failed) {
            exit();
        } else {
            claimEnd = position + size;
        }
    }

    /**
     * Looks for the dead that are in the way; true if there may be room now. System calls. In one piece, which is called
     * where it is rare: compilers take in what is small, with all that it calls, and a claim would grow tenfold.
     */
    private boolean clearTheWay() {
        boolean dropped = ring.dropDeadSubscribers();
        return (recovery != null && recovery.isDue() && recovery.attempt()) || dropped;
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
     * Commits the open claim: subscribers see its message, or messages.
     *
     * @return the position behind the last
     * @throws IllegalStateException if no claim is open
     */
    public final long commit() {
        if (Thread.currentThread() != user) {
            confine();
        }
        long end = claimEnd;
        if (end <= position) {
            throw noClaim();
        }
        if (batchLength == NO_BATCH) {
            ring.commit(position);
        } else {
            commitBatch();
        }
        conclude(end);
        return end;
    }

    /** What is committed is behind us, whatever happens. */
    private void conclude(long end) {
        try {
            finish(end);
        } finally {
            moveTo(end);
            guard.ended();
        }
    }

    private void commitBatch() {
        int length = batchLength;
        batchLength = NO_BATCH;
        for (long at = position; at < claimEnd; at += Frame.size(length)) {
            ring.commit(length, Frame.MESSAGE, at);
        }
    }

    /**
     * Gives the open claim up; nobody sees it.
     *
     * @throws IllegalStateException if no claim is open
     */
    public final void abort() {
        if (Thread.currentThread() != user) {
            confine();
        }
        long end = claimEnd;
        if (end <= position) {
            throw noClaim();
        }
        batchLength = NO_BATCH;
        if (giveUp(end)) {
            conclude(end);
        } else {
            exit();
        }
    }

    private IllegalStateException noClaim() {
        return new IllegalStateException("no claim is open: channel=" + channel.name());
    }

    // ------------------------------------------------------------ copying

    /**
     * Copies a message into the ring.
     *
     * @return the position behind the message, or {@link #BACK_PRESSURED}
     * @throws IndexOutOfBoundsException if the range is outside {@code source}
     * @throws IllegalArgumentException as {@link #claim(int)}
     * @throws IllegalStateException as {@link #claim(int)}
     */
    public final long offer(DirectBuffer source, int offset, int length) {
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
    public final long offer(DirectBuffer source, int offset, int length, Duration timeout) throws InterruptedException {
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

    /** As {@link #offer(DirectBuffer, int, int)}. */
    public final long offer(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        int index = claim(length);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, offset, length);
    }

    /** As {@link #offer(DirectBuffer, int, int, Duration)}. */
    public final long offer(byte[] source, int offset, int length, Duration timeout) throws InterruptedException {
        Objects.checkFromIndexSize(offset, length, source.length);
        int index = claim(length, timeout);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, offset, length);
    }

    private long copyAndCommit(int index, byte[] source, int offset, int length) {
        data.putBytes(index, source, offset, length);
        return commit();
    }

    /** As {@link #offer(DirectBuffer, int, int)}: what is from the position to the limit, which stay as they are. */
    public final long offer(ByteBuffer source) {
        int length = source.remaining();
        int index = claim(length);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, length);
    }

    /** As {@link #offer(DirectBuffer, int, int, Duration)}: what is from the position to the limit, which stay. */
    public final long offer(ByteBuffer source, Duration timeout) throws InterruptedException {
        int length = source.remaining();
        int index = claim(length, timeout);
        return index < 0 ? BACK_PRESSURED : copyAndCommit(index, source, length);
    }

    private long copyAndCommit(int index, ByteBuffer source, int length) {
        boolean copied = false;
        try {
            data.putBytes(index, source, source.position(), length);
            copied = true;
        } finally {
            if (!copied) {
                abort();
            }
        }
        return commit();
    }

    /**
     * Copies several messages of one length into the ring at once: all, or none.
     *
     * @param source holds them one behind the other
     * @param offset of the first in {@code source}
     * @param length of each message, bytes
     * @param count of messages, as for {@link #claimBatch}
     * @return the position behind the last message, or {@link #BACK_PRESSURED}
     * @throws IndexOutOfBoundsException if the range is outside {@code source}
     * @throws IllegalArgumentException as {@link #claimBatch}
     * @throws IllegalStateException as {@link #claim(int)}
     */
    public final long offerBatch(DirectBuffer source, int offset, int length, int count) {
        boundsCheck(source, offset, length, count);
        int index = claimBatch(count, length);
        return index < 0 ? BACK_PRESSURED : copyAndCommitBatch(index, source, offset, length, count);
    }

    /** As {@link #offerBatch(DirectBuffer, int, int, int)}, but waits for room. */
    public final long offerBatch(DirectBuffer source, int offset, int length, int count, Duration timeout)
            throws InterruptedException {
        boundsCheck(source, offset, length, count);
        int index = claimBatch(count, length, timeout);
        return index < 0 ? BACK_PRESSURED : copyAndCommitBatch(index, source, offset, length, count);
    }

    private static void boundsCheck(DirectBuffer source, int offset, int length, int count) {
        long size = (long) length * count;
        source.boundsCheck(offset, (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, size)));
    }

    private long copyAndCommitBatch(int index, DirectBuffer source, int offset, int length, int count) {
        boolean copied = false;
        try {
            for (int i = 0; i < count; i++) {
                data.putBytes(index + i * Frame.size(length), source, offset + i * length, length);
            }
            copied = true;
        } finally {
            if (!copied) {
                abort();
            }
        }
        return commit();
    }

    // ------------------------------------------------------------ operations

    private void check(int length) {
        if (length < 0 || length > maxMessageLength) {
            throw new IllegalArgumentException("message length is out of range: channel=" + channel.name() + ", length="
                    + length + ", maxMessageLength=" + maxMessageLength);
        }
    }

    /** Begins an operation with a claim that ends at {@code end}, or is {@link #NOWHERE}; or throws, and has begun nothing. */
    private void begin(long end) {
        if (Thread.currentThread() != user) {
            confine();
        }
        if (claimEnd != position) {
            throw new IllegalStateException("a claim is open, commit or abort it first: channel=" + channel.name());
        }
        CLAIM_END.setOpaque(this, end);
        if (!guard.mayGoOn()) {
            exit();
            throw closed();
        }
    }

    /** Ends an operation without a claim. */
    private void exit() {
        CLAIM_END.setRelease(this, position);
        guard.ended();
    }

    /** Release: the closer who sees this position sees where the claim ends, too. */
    final void moveTo(long next) {
        POSITION.setRelease(this, next);
    }

    /**
     * For the closer, who sees what was done before. In this order: the position never falls, a claim ends behind all
     * positions up to then, and while the position moves for something else, it ends nowhere; so if the two are equal, no
     * operation was under way when the second one was read.
     */
    private boolean isUnderWay() {
        long at = (long) POSITION.getAcquire(this);
        return (long) CLAIM_END.getAcquire(this) != at;
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

    /** The position behind the last frame that this publication committed, a message or padding, bytes since the channel was created. */
    public final long position() {
        return position;
    }

    /** The number of subscriptions, dead ones included until they are noticed. */
    public final int subscribers() {
        begin(NOWHERE);
        try {
            return ring.subscribers();
        } finally {
            exit();
        }
    }

    /**
     * Who holds a publication up that is {@link #BACK_PRESSURED}: the living subscriptions that have not received
     * everything, the slowest first. Empty with a full ring: there is no subscription. System calls.
     *
     * @throws IllegalStateException as {@link #claim(int)}
     */
    public final List<Backlog> backlog() {
        begin(NOWHERE);
        try {
            return ring.backlog(ring.tailForPeople());
        } finally {
            exit();
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
    public final boolean awaitSubscribers(int count, Duration timeout) throws InterruptedException {
        if (count < 1 || count > Channel.MAX_SUBSCRIBERS) {
            throw new IllegalArgumentException("count must be 1 to " + Channel.MAX_SUBSCRIBERS + ": channel="
                    + channel.name() + ", count=" + count);
        }
        long nanos = Waiter.nanos(timeout);
        begin(NOWHERE);
        try {
            ring.dropDeadSubscribers();
            return new SubscriberWaiter(count).await(nanos) != 0;
        } finally {
            exit();
        }
    }

    public final boolean isClosed() {
        return guard.isClosed();
    }

    /**
     * Ends the stream, if this is the last publication: subscriptions get {@link Subscription#END_OF_STREAM} behind the
     * last message. Idempotent, never
     * blocks, from any thread; while a claim is open, or another thread is in an operation, the end of that closes. A
     * sleeping claim or offer throws.
     */
    @Override
    public final void close() {
        if (!guard.isClosed() && !guard.close()) {
            channel.ringOwnBells();
        }
    }

    /** Runs once, when no operation is under way any more. */
    private void release() {
        try {
            leave();
        } finally {
            channel.orphan(closer);
        }
    }

    /** Sleeps on the publisher's bell, which is rung for room, and by subscribers that come and go. */
    private abstract class PublisherWaiter extends Waiter {
        PublisherWaiter() {
            super(ring.core());
        }

        @Override
        void publish(int bell) {
            publishBell(bell);
        }

        @Override
        long bound(long otherwise) {
            return recovery == null ? otherwise : recovery.bound(otherwise);
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
        private int size;

        @Override
        int attempt() {
            int index = reserveKnownRoom(position + size);
            return index < 0 ? Math.max(0, tryReserve(size)) : index;
        }

        @Override
        int examine() {
            int index = attempt();
            return index == 0 && clearTheWay() ? attempt() : index;
        }
    }
}
