package io.sluice.shm.channel;

import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.OperationGuard;
import io.sluice.shm.memory.Words;
import java.time.Duration;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A receiving end of a channel, with a position of its own. Every subscription gets every message from its start on, in
 * order, exactly once, and none torn; while it lives the publication does not overwrite what it has not read.
 *
 * <p>The end of a publication is told once, behind its last message: {@link #END_OF_STREAM} if it was closed, {@link
 * #PUBLISHER_DIED} if its process was, by the kernel's word, gone before that. Another publication may follow, and the
 * subscription goes on with it; one that ends without a message of its own adds nothing to an end that was told.
 *
 * <p>Progress: {@link #poll} does not block, allocate or make system calls, except to wake a publication that sleeps.
 * Right behind a stream of messages, in which it pays to let the publication run ahead, it waits for 0.2 to 5 us before
 * it looks, or handles what is there.
 * {@link #receive} sleeps in the kernel.
 *
 * <p>Confined to the thread that first uses it; only {@link #close} may come from any thread.
 */
public final class Subscription implements AutoCloseable {
    /** The publication was closed and all its messages were received. */
    public static final int END_OF_STREAM = -1;

    /** The publication's process died and all messages that it had committed were received. */
    public static final int PUBLISHER_DIED = -2;

    /** A long poll makes room for the publication this often: after this part of the capacity. */
    private static final int BATCHES = 8;

    /** Messages up to this length, bytes, lie in hardly more than one line. */
    private static final int SHORT = 64;

    private static final int NONE = -1;

    /** Of a poll, for a message: the rest of one that finds nothing takes as long as several, and a message may come meanwhile. */
    private static final int LOOKS = 3;

    private static final long UNKNOWN = -1;

    private final Channel channel;
    private final Ring ring;
    private final Words words;
    private final UnsafeBuffer data;
    private final int mask;
    private final int batch;
    private final int subscriberWord;
    private final int positionWord;
    private final int bellWord;
    private final OperationGuard guard;
    private final Runnable closer = this::close;
    private final MessageHeader header = new MessageHeader();
    private final MessageWaiter waiter;
    private final StreamPace pace;
    /** Of a guarded channel that was opened with its guard. */
    private final @Nullable Recovery recovery;

    private @Nullable Thread user;
    private boolean polling;
    private long position;
    /** The end of a stream at this position has been told already. */
    private long endedAt = UNKNOWN;
    /** The publisher whose death has been told. */
    private long toldDead = UNKNOWN;
    /** The publisher whose death is watched. */
    private long watchedPublisher = UNKNOWN;

    /** By this poll: an end of stream, or zero. */
    private int told;

    private int seenEndings;
    private int seenChanges = -1;

    /** The entry {@code index} of the table is ours, and JOINING. */
    Subscription(Channel channel, Ring ring, int index, long start) {
        this.channel = channel;
        this.ring = ring;
        this.words = ring.words();
        this.data = ring.data();
        this.mask = ring.capacity() - 1;
        this.batch = ring.capacity() / BATCHES;
        this.subscriberWord = ChannelLayout.subscriber(index, ChannelLayout.SUBSCRIBER);
        this.positionWord = ChannelLayout.subscriber(index, ChannelLayout.POSITION);
        this.bellWord = ChannelLayout.subscriber(index, ChannelLayout.SUBSCRIBER_BELL);
        this.position = start;
        this.guard = new OperationGuard(ring.fences(), this::release);
        this.waiter = new MessageWaiter();
        this.pace = new StreamPace(ring);
        ChannelGuard supplied = channel.guard();
        this.recovery = supplied == null ? null : new Recovery(ring, supplied);
        channel.adopt(closer);
    }

    /** A stream that ended before this subscription was made, and of which it gets nothing. */
    void skipEndAtStart() {
        endedAt = position;
    }

    /**
     * Hands the messages that are there to {@code handler}.
     *
     * @param limit most messages to handle, at least 1
     * @return the number of messages handled, 0 if there was none, {@link #END_OF_STREAM} or {@link #PUBLISHER_DIED}
     * @throws CorruptChannelException if the ring's memory was damaged
     * @throws IllegalStateException if the subscription is closed, another thread uses it, or a handler calls it
     */
    public int poll(MessageHandler handler, int limit) {
        begin(limit);
        try {
            if (pace.isStreaming()) {
                pace.keepBehind(position);
            }
            for (int look = 0; look < LOOKS; look++) {
                if (ring.isCommitted(position)) {
                    return drain(handler, limit);
                }
            }
            return findNothing();
        } finally {
            guard.exit();
        }
    }

    /**
     * As {@link #poll}, but waits until there is something.
     *
     * @param timeout not negative; zero does not wait, or no longer than a poll
     * @return as {@link #poll}; 0 on time-out
     * @throws InterruptedException if the thread is interrupted while there is nothing
     * @throws IllegalStateException also if the subscription is closed meanwhile
     */
    public int receive(MessageHandler handler, int limit, Duration timeout) throws InterruptedException {
        long nanos = Waiter.nanos(timeout);
        begin(limit);
        waiter.handler = handler;
        waiter.limit = limit;
        try {
            if (pace.isStreaming()) {
                pace.keepBehind(position);
            }
            return waiter.await(nanos);
        } finally {
            waiter.handler = null;
            guard.exit();
        }
    }

    private void begin(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: limit=" + limit);
        }
        if (Thread.currentThread() != user) {
            confine();
        }
        if (polling) {
            throw new IllegalStateException("a handler must not use its subscription: channel=" + channel.name());
        }
        if (!guard.enter()) {
            throw closed();
        }
    }

    private void confine() {
        if (!isFirstUser()) {
            throw new IllegalStateException(
                    "subscription is confined to another thread: channel=" + channel.name() + ", thread=" + user);
        }
    }

    private synchronized boolean isFirstUser() {
        if (user == null) {
            user = Thread.currentThread();
        }
        return user == Thread.currentThread();
    }

    private IllegalStateException closed() {
        return new IllegalStateException("subscription is closed: channel=" + channel.name());
    }

    /**
     * The final fields are read into locals first: the compiler may not keep them in registers across the acquire loads.
     */
    private int drain(MessageHandler handler, int limit) {
        UnsafeBuffer messages = data;
        HotMemory frames = ring.frames();
        MessageHeader message = header;
        long nonce = ring.nonce();
        long frameMask = ring.frameMask();
        int shortest = pace.isStreaming() && ring.subscribersHigh() == 1
                ? SHORT
                : NONE; // up to this length lines are taken one by one
        long begin = position;
        long next = begin;
        long last = lastOfBatch(next);
        int count = 0;
        boolean longOnes = false; // or beside other subscriptions
        told = 0;
        polling = true;
        try {
            while (count < limit) {
                long offset = next & frameMask;
                if (frames.getLongAcquire(offset) != Frame.stamp(next, nonce)) {
                    break;
                }
                long at = next;
                long lengthAndType = Frame.lengthAndType(frames.getLong(offset + Frame.LENGTH));
                int length = (int) lengthAndType;
                if (Frame.isMessage(lengthAndType, last - at) || isMessage(at, lengthAndType)) {
                    next = at + Frame.size(length);
                    message.set(at);
                    count++;
                    handler.onMessage(messages, (int) offset + Frame.HEADER, length, message);
                    if (length <= shortest) {
                        frames.putLongRelease(offset, Frame.stamp(at, nonce)); // see takeLines
                    } else {
                        longOnes = true;
                    }
                } else {
                    next = at + passControl(at, lengthAndType, count);
                    if (next == at || told != 0) {
                        break;
                    }
                }
                if (next > last) {
                    takeLines(shortest == SHORT && longOnes, next);
                    moveTo(next);
                    last = lastOfBatch(next);
                }
            }
        } finally {
            polling = false;
            pace.polled(count, next - begin);
            if (next != position) {
                takeLines(shortest == SHORT && longOnes, next);
                moveTo(next);
            }
        }
        return count != 0 ? count : told != 0 ? told : lookForEnd();
    }

    /**
     * A message that is not longer than from its frame to the position that is answered ends within the batch and the ring,
     * and is not too long: all that is known by one comparison.
     */
    private long lastOfBatch(long from) {
        long lapEnd = (from | mask) + 1;
        return Math.min(from + batch, lapEnd) - Frame.OVERHEAD;
    }

    /** Of any one: it may also be longer than the batch, or end at the ring's end. */
    private boolean isMessage(long at, long lengthAndType) {
        return Frame.isMessage(lengthAndType, ring.maxMessageLength())
                && Frame.size((int) lengthAndType) <= mask + 1 - ((int) at & mask);
    }

    /** The size of a frame that is no message, perhaps a damaged one; 0 if it is for the next poll. */
    private int passControl(long at, long lengthAndType, int count) {
        int type = (int) (lengthAndType >>> Integer.SIZE);
        if (count != 0 && type != Frame.PADDING) {
            return 0;
        }
        int size = ring.checkedSize((int) (at & ring.frameMask()), (int) lengthAndType, type, at);
        told = type == Frame.PADDING ? 0 : tellEnd(at, type);
        return size;
    }

    /** The answer where no message is. */
    private int findNothing() {
        pace.polled(0, 0);
        return lookForEnd();
    }

    /**
     * Writes what was read over itself, which changes nothing but the state of the cache lines: they become this core's
     * own. Lines that both cores share must be taken back one by one when the publication comes round again; those that
     * another core owns are fetched ahead. Not beside other subscriptions, which would take them from each other.
     */
    private void takeLines(boolean wanted, long next) {
        if (wanted) {
            int from = (int) position & mask;
            int size = (int) (next - position);
            int first = Math.min(size, mask + 1 - from);
            data.putBytes(from, data, from, first);
            data.putBytes(0, data, 0, size - first);
        }
    }

    /** Makes room for the publication, and wakes it if it sleeps. */
    private void moveTo(long next) {
        position = next;
        ring.moveSubscriber(positionWord, next);
        ring.fences().light();
        ring.wakePublisher();
    }

    /** The answer for an end of stream at {@code at}, or zero if it has been given already. */
    private int tellEnd(long at, int type) {
        if (endedAt == at) {
            return 0;
        }
        endedAt = at;
        return type == Frame.END_OF_STREAM ? END_OF_STREAM : PUBLISHER_DIED;
    }

    /** There is no frame at the position: has the stream ended without one? No system call unless something changed. */
    private int lookForEnd() {
        int due = Frame.due(ring.ended(), position);
        if (due != 0 && endedAt != position) {
            return tellEnd(position, due);
        }
        return ring.isGuarded() ? lookForDeadProducers() : lookForDeadPublisher();
    }

    private int lookForDeadPublisher() {
        long publisher = ring.publisher();
        int endings = ring.core().deathWatch().endings();
        if (publisher == watchedPublisher && endings == seenEndings) {
            return 0;
        }
        watchedPublisher = UNKNOWN; // until the kernel has answered
        int end = lookForDeath();
        seenEndings = endings;
        return end;
    }

    /** As {@link #lookForDeadPublisher}, of a guarded channel. */
    private int lookForDeadProducers() {
        int changes = ring.producers().changes();
        int endings = ring.core().deathWatch().endings();
        boolean retry = recovery != null && recovery.isRetryDue();
        if (changes == seenChanges && endings == seenEndings && !retry) {
            return 0;
        }
        int end = settleDeadProducers();
        seenChanges = changes;
        seenEndings = endings;
        return end;
    }

    /**
     * Asks the kernel about each producer; if one is dead, it may have left a gap in front of us. Without the guard we
     * cannot pad it, and must wait for who can.
     */
    private int settleDeadProducers() {
        int kinds = ring.producers().look();
        if ((kinds & Producers.DEAD) == 0) {
            return 0;
        }
        if (recovery != null) {
            recovery.attempt(); // and then there is a message, an end or nothing
            int due = Frame.due(ring.ended(), position);
            return due == 0 || ring.isCommitted(position) ? 0 : tellEnd(position, due);
        }
        return kinds == Producers.DEAD && haveAllDiedHere() ? tellEnd(position, Frame.PUBLISHER_DIED) : 0;
    }

    private boolean haveAllDiedHere() {
        return ring.settledTail() == position
                && ring.producers().look() == Producers.DEAD
                && ring.settledTail() == position;
    }

    /**
     * Asks the kernel. If it says dead, all that the dead one committed is visible, so a frame that is then still not
     * there never comes from it.
     */
    private int lookForDeath() {
        DomainCore core = ring.core();
        long publisher = words.longAcquire(ChannelLayout.PUBLISHER);
        if (publisher != Owner.NOBODY) {
            if (!core.participants().isAlive(publisher)) {
                return tellDeath(publisher);
            }
            core.deathWatch().watch(publisher);
        }
        watchedPublisher = publisher;
        return 0;
    }

    private int tellDeath(long publisher) {
        if (ring.isCommitted(position) || words.longAcquire(ChannelLayout.PUBLISHER) != publisher) {
            return 0; // there is more to read first, or somebody else tells
        }
        watchedPublisher = publisher;
        if (toldDead == publisher) {
            return 0;
        }
        toldDead = publisher;
        endedAt = position; // its successor writes the same end, as a frame
        return PUBLISHER_DIED;
    }

    /** The position of the next message, bytes since the channel was created. */
    public long position() {
        return position;
    }

    public boolean isClosed() {
        return guard.isClosed();
    }

    /**
     * Leaves the channel. Idempotent, never blocks, from any thread; a poll that is under way ends first, a sleeping
     * receive throws.
     */
    @Override
    public void close() {
        if (!guard.isClosed() && !guard.close()) {
            channel.ringOwnBells();
        }
    }

    /** Runs once, when no operation is under way any more. */
    private void release() {
        try {
            skipToldEnd();
            ring.raiseLimit(0, Long.MAX_VALUE, position);
        } finally {
            words.longVolatile(subscriberWord, Owner.NOBODY);
            leave();
        }
    }

    /** The end that was told has meanwhile become a frame. */
    private void skipToldEnd() {
        if (endedAt == position && ring.isEndFrameAt(position)) {
            moveTo(position + ring.sizeAt(position));
        }
    }

    /** Step S8, when the entry is free. */
    private void leave() {
        try {
            if (endedAt == position) {
                ring.forgetEnd(position, toldDead);
            }
        } finally {
            ring.wakePublisher();
            channel.orphan(closer);
        }
    }

    private final class MessageWaiter extends Waiter {
        private @Nullable MessageHandler handler;
        private int limit;

        MessageWaiter() {
            super(ring.core());
        }

        @Override
        int attempt() {
            MessageHandler target = handler;
            if (target == null) {
                return 0;
            }
            return ring.isCommitted(position) ? drain(target, limit) : findNothing();
        }

        @Override
        int examine() {
            int result = attempt();
            if (result != 0) {
                return result;
            }
            return ring.isGuarded() ? settleDeadProducers() : lookForDeath();
        }

        @Override
        long bound(long otherwise) {
            return recovery == null ? otherwise : recovery.bound(otherwise);
        }

        @Override
        void publish(int bell) {
            words.intRelease(bellWord, bell);
            if (bell != 0) {
                words.intVolatile(ChannelLayout.SLEEPERS, 1);
            }
        }

        @Override
        void ensureOpen() {
            if (guard.isClosed()) {
                throw closed();
            }
        }
    }
}
