package io.sluice.rwlock;

import io.sluice.shm.domain.Owner;

/**
 * Lane words: how often a participant holds the lock for reading through one lane. Bits 0 to 32 are the participant's
 * incarnation, 33 to 39 its slot plus one, 40 to 63 the count.
 */
final class LaneWord {
    /** Highest incarnation that a lane can name. */
    static final long MAX_INCARNATION = (1L << 33) - 1;

    /** Highest count. */
    static final long MAX_COUNT = (1L << 24) - 1;

    /** One hold. */
    static final long ONE = 1L << 40;

    private static final int SLOT_SHIFT = 33;

    private LaneWord() {}

    /** The word of a participant's lane that nobody holds. */
    static long idle(long owner) {
        return ((long) (Owner.slot(owner) + 1) << SLOT_SHIFT) | Owner.incarnation(owner);
    }

    static long count(long word) {
        return word >>> 40;
    }

    /** The participant, as an owner word; its slot may be out of range in a damaged word. */
    static long owner(long word) {
        return Owner.word((int) ((word >>> SLOT_SHIFT) & 0x7f) - 1, word & MAX_INCARNATION);
    }
}
