package io.sluice.shm.channel;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;

/** The only publication of its channel: steps P1 to P12. */
final class ExclusivePublication extends Publication {
    private final Words words;
    private final int capacity;
    private final long tailStep;

    /** Frames may end here without a look at the subscribers; the slow path raises it. */
    private long limit = Long.MIN_VALUE;

    /** The limit, or the end of the ring if that comes first. */
    private long bound = Long.MIN_VALUE;

    /** The tail word follows when the position gets here. */
    private long nextTail;

    /** The type of the control frame that goes before the first message, 0 for none. */
    private int owed;

    /** The channel's publisher word is ours; {@code died}: the one before us still held it when it died. */
    static Publication open(Channel channel, Ring ring, boolean died) {
        return new ExclusivePublication(channel, ring, died);
    }

    private ExclusivePublication(Channel channel, Ring ring, boolean died) {
        super(channel, ring, null);
        this.words = ring.words();
        this.capacity = ring.capacity();
        this.tailStep = ring.fences().kind() == Fences.Kind.LIGHT ? ring.tailStep() : 0;
        moveTail(position);
        if (died && Frame.due(ring.ended(), position) == 0) {
            words.longVolatile(ChannelLayout.ENDED, Frame.due(position, Frame.PUBLISHER_DIED));
            ring.wakeSubscribers();
        }
        this.owed = Frame.due(ring.ended(), position);
        adopt();
    }

    @Override
    int reserveKnownRoom(long end) {
        return end > bound ? BACK_PRESSURED : index(position);
    }

    @Override
    int tryReserve(int size) {
        return makeRoom(size) ? index(position) : BACK_PRESSURED;
    }

    /** The slow path of a claim: writes what is owed, pads the ring's end, asks the subscribers. */
    private boolean makeRoom(int size) {
        if (owed != 0 && !payOwed()) {
            return false;
        }
        int untilEnd = capacity - ((int) position & (capacity - 1));
        if (size > untilEnd) {
            if (!hasRoom(untilEnd)) {
                return false;
            }
            append(untilEnd - Frame.HEADER, Frame.PADDING);
        }
        if (!hasRoom(size)) {
            return false;
        }
        bound = Math.min(limit, (position & -capacity) + capacity);
        return true;
    }

    /** Tells the subscribers how the stream before this one ended, unless the last of them has left and knew. */
    private boolean payOwed() {
        if (Frame.due(ring.ended(), position) != 0) {
            if (!hasRoom(Frame.HEADER)) {
                return false;
            }
            append(0, owed);
        }
        owed = 0;
        return true;
    }

    private void append(int length, int type) {
        long end = position + Frame.controlSize(length);
        ring.commit(length, type, position);
        moveTo(end); // first: what is committed is behind us, whatever happens
        finish(end);
    }

    private boolean hasRoom(int size) {
        long end = position + size;
        return end <= limit || raiseLimit(end);
    }

    /** Steps P4 to P7. */
    private boolean raiseLimit(long end) {
        long allowed = ring.allowedLimit(position);
        if (allowed == Ring.SUBSCRIBER_JOINING) {
            return false;
        }
        limit = allowed;
        return end <= limit;
    }

    @Override
    void finish(long end) {
        if (end >= nextTail) {
            moveTail(end);
        }
        Fences.light(true); // where that is not enough, the tail moves each time
        ring.wakeSubscribers();
    }

    @Override
    boolean giveUp(long end) {
        return false;
    }

    /**
     * Seldom: every store to shared memory that a message does not need makes the line of the next one wait. With full
     * fences after each message, for the fence: so no message asks for their kind.
     */
    private void moveTail(long end) {
        ring.moveTail(end);
        nextTail = end + tailStep;
        ring.fences().light();
    }

    @Override
    void publishBell(int bell) {
        words.intVolatile(ChannelLayout.PUBLISHER_BELL, bell);
    }

    /** The end gets its frame from the successor, if there is one. */
    @Override
    void leave() {
        moveTail(position);
        if (Frame.due(ring.ended(), position) == 0) {
            words.longRelease(ChannelLayout.ENDED, Frame.due(position, Frame.END_OF_STREAM));
        }
        words.longVolatile(ChannelLayout.PUBLISHER, Owner.NOBODY);
        ring.wakeSubscribers();
    }
}
