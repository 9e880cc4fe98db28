package io.sluice.shm.channel;

import org.jspecify.annotations.Nullable;

/** One of the publications of a guarded channel: steps G1 to G12. */
final class SharedPublication extends Publication {
    /** Answer of an attempt that another publication was in the way of. */
    private static final int CONTENDED = -2;

    private static final int SHORTEST_RUN = 16;
    private static final int LONGEST_RUN = 1 << 12;

    /** Bytes claimed under a bias that pay for its revocation. */
    private static final int WORTHWHILE = 1 << 13;

    /** Claims between two meetings that make a stream. */
    private static final int STREAM = 4;

    /** First and longest pause of who meets another. */
    private static final long FIRST_PAUSE_NANOS = 200;

    private static final long LAST_PAUSE_NANOS = 5_000;

    private final TailBias.Owner own;
    private final ChannelGuard channelGuard;
    private final int entry;
    private final int capacity;

    private ChannelGuard.@Nullable Lane lane;

    /** In the guard already: with a claim that was announced while somebody revoked the bias, and may count. */
    private boolean entered;

    /** Claims may end here without a look at the subscribers; the slow path raises it. */
    private long limit = Long.MIN_VALUE;

    /** Claims under the bias may end here, at the limit or the ring's end, without another look; the slow path raises it. */
    private long bound = Long.MIN_VALUE;

    /** Of the tail to this publication, or 0; then the tail is where the last claim ends, {@code position}. */
    private long bias;

    private long biasStart;

    /** Claims in a row with nobody else's between them. */
    private int run;

    /** Claims without a bias since another publication was in the way. */
    private int turn;

    /** A longer run is a stream, for which the tail is taken; longer after each bias that did not pay. */
    private int runForBias = SHORTEST_RUN;

    private long pause = FIRST_PAUSE_NANOS;

    /** It has waited, and takes the tail from whoever still has it. */
    private boolean insists;

    /** Whether the stream before this publication may have ended where its first claim begins. */
    private boolean mayOwe = true;

    /** The entry of the table of producers is ours. */
    static Publication open(Channel channel, Ring ring, ChannelGuard channelGuard, Recovery recovery, int entry) {
        return new SharedPublication(channel, ring, channelGuard, recovery, entry);
    }

    private SharedPublication(Channel channel, Ring ring, ChannelGuard channelGuard, Recovery recovery, int entry) {
        super(channel, ring, recovery);
        this.own = ring.tailBias().owner(entry);
        this.channelGuard = channelGuard;
        this.entry = entry;
        this.capacity = ring.capacity();
        adopt();
    }

    @Override
    int reserveKnownRoom(long end) {
        ChannelGuard.Lane mine = lane;
        if (end > bound || mine == null || !mine.tryEnter()) { // G3
            return BACK_PRESSURED;
        }
        if (own.claim(bias, end)) { // G5
            return index(position);
        }
        entered = true;
        return BACK_PRESSURED;
    }

    @Override
    int tryReserve(int size) {
        int index = attempt(size);
        return index == CONTENDED ? contend(size) : index;
    }

    private int attempt(int size) {
        ChannelGuard.Lane mine = lane;
        if (mine == null) { // here, inside the operation, or nobody might give it back
            mine = channelGuard.lane();
            lane = mine;
        }
        boolean inside = entered;
        entered = false;
        if (!inside && !mine.tryEnter()) { // G3
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

    /**
     * Another publication is claiming, too. Both get on faster if each is left alone for a while: neither the line of the
     * tail nor those of the ring go to and fro. Not inside the guard.
     */
    private int contend(int size) {
        pause = turn < STREAM ? FIRST_PAUSE_NANOS : Math.min(2 * pause, LAST_PAUSE_NANOS);
        turn = 0;
        try {
            int index;
            do {
                long start = System.nanoTime();
                do {
                    Thread.onSpinWait();
                } while (System.nanoTime() - start < pause);
                insists = true;
                index = attempt(size);
            } while (index == CONTENDED);
            return index;
        } finally {
            insists = false;
        }
    }

    private int reserve(int size) {
        while (true) {
            long tail = bias != 0 ? position : ring.tailWord(); // G4
            if (TailBias.isBias(tail)) {
                if (!insists) {
                    return CONTENDED;
                }
                ring.revokeBias(tail);
                insists = false;
                continue;
            }
            if (tail < position) {
                throw ring.damaged("tail is damaged", "tail", tail, position);
            }
            int offset = (int) tail & (capacity - 1);
            if (size <= capacity - offset && isAllowed(tail, size)) {
                if (!take(tail, tail + size)) { // G5
                    return CONTENDED;
                }
                moveTo(tail);
                if (bias != 0) {
                    bound = Math.min(limit, (tail & -capacity) + capacity);
                }
                return index(tail);
            }
            if (bias != 0 && !own.isWhole(bias)) {
                endBias(tail);
            } else if (!makeRoom(tail, size)) {
                return BACK_PRESSURED;
            }
        }
    }

    /** Step G5. */
    private boolean take(long from, long to) {
        if (bias != 0) {
            return own.claim(bias, to) || to <= endBias(to);
        }
        turn++;
        run = from == position ? run + 1 : 1;
        return (run > runForBias && TailBias.canStart(to)) ? takeForStream(from, to) : ring.claim(from, to);
    }

    private boolean takeForStream(long from, long to) {
        bias = own.take(from, to);
        biasStart = from;
        return bias != 0;
    }

    /** Somebody has begun to revoke the bias: where its last claim ended. */
    private long endBias(long reached) {
        long end = ring.revokeBias(bias);
        bias = 0;
        bound = Long.MIN_VALUE;
        run = 0;
        runForBias = reached - biasStart < WORTHWHILE ? Math.min(2 * runForBias, LONGEST_RUN) : SHORTEST_RUN;
        return end;
    }

    /** From {@code tail} it ends before the limit; a tail that is no position, or a lap or more before it, is damaged. */
    private boolean isAllowed(long tail, int size) {
        long left = limit - tail - size;
        return ((left & -capacity) | (tail & (Frame.ALIGNMENT - 1))) == 0;
    }

    /** The slow path of a claim: tells the end that is owed, pads the ring's end, asks the subscribers. */
    private boolean makeRoom(long tail, int size) {
        int offset = (int) tail & (capacity - 1);
        if (mayOwe) {
            int due = Frame.due(ring.ended(), tail);
            if (due != 0) {
                return claimControl(tail, 0, due);
            }
            mayOwe = false;
        }
        int untilEnd = capacity - offset;
        return size > untilEnd ? claimControl(tail, untilEnd - Frame.HEADER, Frame.PADDING) : hasRoom(tail, size);
    }

    /** A frame that is no message, in a claim of its own, so that the message behind it needs no more room than it takes. */
    private boolean claimControl(long tail, int length, int type) {
        int size = Frame.controlSize(length);
        if (!hasRoom(tail, size)) {
            return false;
        }
        if (take(tail, tail + size)) {
            ring.commit(length, type, tail);
            moveTo(tail + size);
            ring.fences().light();
            ring.wakeSubscribers();
        }
        return true;
    }

    /** Steps P4 to P7. */
    private boolean hasRoom(long tail, int size) {
        if (isAllowed(tail, size)) {
            return true;
        }
        long allowed = ring.allowedLimit(tail);
        if (allowed == Ring.SUBSCRIBER_JOINING) {
            return false;
        }
        limit = allowed;
        boolean hasRoom = tail + size <= allowed;
        if (hasRoom && !isAllowed(tail, size) && isTail(tail)) { // a lap ahead, though nobody claimed there
            throw ring.damaged("limit is damaged", "limit", allowed, tail);
        }
        return hasRoom;
    }

    private boolean isTail(long position) {
        return bias != 0 ? own.isWhole(bias) : ring.tailWord() == position;
    }

    @Override
    void finish(long end) {
        exit(); // its fence is also the one between the commit and the look for sleepers
        ring.wakeSubscribers();
    }

    private void exit() {
        ChannelGuard.Lane mine = lane;
        if (mine != null) {
            mine.exit();
        }
    }

    @Override
    boolean giveUp(long end) {
        ring.commit((int) (end - position) - Frame.HEADER, Frame.PADDING, position);
        return true;
    }

    @Override
    void publishBell(int bell) {
        ring.producers().publishBell(entry, bell);
    }

    @Override
    void leave() {
        try {
            if (bias != 0) {
                ring.revokeBias(bias);
            }
        } finally {
            leaveLaneAndEntry();
        }
    }

    private void leaveLaneAndEntry() {
        try {
            ChannelGuard.Lane mine = lane;
            if (mine != null) {
                mine.close();
            }
        } finally {
            ring.producers().leave(entry);
        }
    }
}
