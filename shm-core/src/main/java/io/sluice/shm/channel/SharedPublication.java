package io.sluice.shm.channel;

import org.jspecify.annotations.Nullable;

/** One of the publications of a guarded channel: steps G1 to G12. */
final class SharedPublication extends Publication {
    private final Ring ring;
    private final ChannelGuard channelGuard;
    private final Recovery recovery;
    private final int entry;
    private final int capacity;

    private ChannelGuard.@Nullable Lane lane;

    /** Claims may end here without a look at the subscribers; the slow path raises it. */
    private long limit = Long.MIN_VALUE;

    /** What {@code solo} says when only this publication may claim. */
    private final int self;

    /** It has sent for a while in which no publication came or went, and has not asked who there is since. */
    private boolean mustLook;

    private int seenChanges = -1;
    private int settledChanges = -1;

    /** Whether the stream before this publication may have ended where its first claim begins. */
    private boolean mayOwe = true;

    /** The entry of the table of producers is ours. */
    SharedPublication(Channel channel, Ring ring, ChannelGuard channelGuard, int entry) {
        super(channel, ring);
        this.ring = ring;
        this.channelGuard = channelGuard;
        this.recovery = new Recovery(ring, channelGuard);
        this.entry = entry;
        this.self = entry + 1;
        this.capacity = ring.capacity();
        adopt();
    }

    @Override
    void settleIn() {
        lane = channelGuard.lane();
    }

    @Override
    int tryReserve(int size) {
        if (mustLook) {
            settle();
        }
        ChannelGuard.Lane mine = lane;
        if (mine == null || !mine.tryEnter()) { // G3
            return BACK_PRESSURED;
        }
        int index = BACK_PRESSURED;
        try {
            index = reserve(size);
        } finally {
            if (index < 0) {
                mine.exit();
            }
        }
        return index;
    }

    /** Asks to be the only one that may claim, if there is no other, or lets the other in. */
    private void settle() {
        mustLook = false;
        boolean wanted = ring.solo() != self && ring.producers().onlyOne() == self;
        boolean settled = wanted ? recovery.attempt(self) : !recovery.isDue() || recovery.attempt();
        if (settled) { // else it is asked again at the next look at the subscribers
            settledChanges = seenChanges;
        }
    }

    private int reserve(int size) {
        int solo = ring.solo(); // G4
        if (solo != 0 && solo != self) {
            return BACK_PRESSURED; // until a recovery has let us in
        }
        while (true) {
            long tail = ring.claimed();
            int offset = (int) tail & (capacity - 1);
            if (size <= capacity - offset && isAllowed(tail, size)) {
                if (take(solo, tail, tail + size)) { // G5
                    position = tail;
                    return offset + Frame.HEADER;
                }
            } else if (!makeRoom(solo, tail, size)) {
                return BACK_PRESSURED;
            }
        }
    }

    /** Step G5. A CAS would wait until all stores of the message before have reached memory. */
    private boolean take(int solo, long from, long to) {
        if (solo == 0) {
            return ring.claim(from, to);
        }
        ring.moveTail(to);
        return true;
    }

    /** From {@code tail} it ends before the limit; a tail that is no position, or a lap or more before it, is damaged. */
    private boolean isAllowed(long tail, int size) {
        long left = limit - tail - size;
        return ((left & -capacity) | (tail & (Frame.ALIGNMENT - 1))) == 0;
    }

    /** The slow path of a claim: tells the end that is owed, pads the ring's end, asks the subscribers. */
    private boolean makeRoom(int solo, long tail, int size) {
        int offset = (int) tail & (capacity - 1);
        if (mayOwe) {
            int due = Frame.due(ring.ended(), tail);
            if (due != 0) {
                return claimControl(solo, tail, 0, due);
            }
            mayOwe = false;
        }
        int untilEnd = capacity - offset;
        return size > untilEnd ? claimControl(solo, tail, untilEnd - Frame.HEADER, Frame.PADDING) : hasRoom(tail, size);
    }

    /** A frame that is no message, in a claim of its own, so that the message behind it needs no more room than it takes. */
    private boolean claimControl(int solo, long tail, int length, int type) {
        int size = Frame.size(length);
        if (!hasRoom(tail, size)) {
            return false;
        }
        if (take(solo, tail, tail + size)) {
            ring.commit(length, type, tail);
            wake();
        }
        return true;
    }

    /** Steps P4 to P7. */
    private boolean hasRoom(long tail, int size) {
        if (isAllowed(tail, size)) {
            return true;
        }
        int changes = ring.producers().changes();
        mustLook = changes == seenChanges && changes != settledChanges;
        seenChanges = changes;
        long allowed = ring.allowedLimit(tail);
        if (allowed == Ring.SUBSCRIBER_JOINING) {
            return false;
        }
        limit = allowed;
        return tail + size <= allowed;
    }

    @Override
    boolean clearTheWay() {
        boolean dropped = ring.dropDeadSubscribers();
        return (recovery.isDue() && recovery.attempt()) || dropped;
    }

    @Override
    void finish(long end) {
        position = end;
        wake();
        exit();
    }

    private void wake() {
        ring.fences().light();
        ring.wakeSubscribers();
    }

    private void exit() {
        ChannelGuard.Lane mine = lane;
        if (mine != null) {
            mine.exit();
        }
    }

    @Override
    void giveUp(int size) {
        ring.commit(size - Frame.HEADER, Frame.PADDING, position);
        finish(position + size);
    }

    @Override
    void publishBell(int bell) {
        ring.producers().publishBell(entry, bell);
    }

    @Override
    long sleepBound(long otherwise) {
        return recovery.bound(otherwise);
    }

    @Override
    void leave() {
        ring.producers().leave(entry);
    }
}
