package io.sluice.shm.domain;

/**
 * Owner words: who holds something in shared memory. Bits 48 to 54 are the participant's slot plus one, bits 0 to 47
 * its incarnation; bits 55 to 63 belong to whoever stores the word. Zero is nobody.
 */
public final class Owner {
    /** No participant. */
    public static final long NOBODY = 0;

    /** The bits that name a participant. */
    public static final long MASK = (1L << 55) - 1;

    /** Highest incarnation of a slot. */
    static final long MAX_INCARNATION = (1L << 48) - 1;

    private static final int SLOT_SHIFT = 48;
    private static final long INCARNATION_MASK = (1L << SLOT_SHIFT) - 1;

    private Owner() {}

    /** The word of incarnation 1 .. 2^48 - 1 of a slot. */
    public static long word(int slot, long incarnation) {
        return ((long) (slot + 1) << SLOT_SHIFT) | incarnation;
    }

    /** The slot, or -1 for nobody; may be out of range in a damaged word. */
    public static int slot(long word) {
        return (int) ((word & MASK) >>> SLOT_SHIFT) - 1;
    }

    public static long incarnation(long word) {
        return word & INCARNATION_MASK;
    }

    public static String toString(long word) {
        return word == NOBODY ? "nobody" : "slot=" + slot(word) + ", incarnation=" + incarnation(word);
    }
}
