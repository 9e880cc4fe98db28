package io.sluice.shm.channel;

import io.sluice.shm.memory.Fences;

/**
 * The tail of a guarded ring, biased to one publication: steps B1 to B7. A claim by CAS waits until all stores of the
 * message before it have reached memory. A publication that streams therefore takes the tail for itself: it announces
 * where each claim ends by a plain store to its own entry, and looks whether the bias is still its own. Another one that
 * wants to claim revokes the bias, for a heavy fence, and waits for nobody.
 *
 * <p>Source: biased locking (Kawachiya, Koseki, Onodera: Lock reservation, 2002; Russell, Detlefs, 2006), with an
 * asymmetric fence in place of a safepoint, and the end decided by one CAS.
 */
final class TailBias {
    private static final int ENTRY_SHIFT = 56;
    private static final int POSITION_SHIFT = 4;
    private static final long POSITION_MASK = (1L << ENTRY_SHIFT) - 1;

    /** In an entry's word: its bias is being revoked, and where it ends is not decided. */
    private static final long REVOKING = 1L << 62;

    /** Such a position has no room beside the entry. */
    private static final long POSITIONS = 1L << (ENTRY_SHIFT + POSITION_SHIFT);

    private final HotMemory words;
    private final Fences fences;

    /** {@code words}: the channel's. */
    TailBias(HotMemory words, Fences fences) {
        this.words = words;
        this.fences = fences;
    }

    /** Whether what stands in {@code tail} is a bias, not a position. */
    static boolean isBias(long tail) {
        return tail < 0;
    }

    /** The entry of the publication that has the bias. */
    static int entry(long bias) {
        return (int) (bias >>> ENTRY_SHIFT) & (ChannelLayout.PRODUCERS - 1);
    }

    /** Whether a bias can begin with a claim that ends at {@code to}. */
    static boolean canStart(long to) {
        return to < POSITIONS;
    }

    /** The side of the publication that has {@code entry}. */
    Owner owner(int entry) {
        return new Owner(words, fences, entry);
    }

    /** What a publication does with the tail that is biased to it. */
    static final class Owner {
        private final HotMemory words;
        private final boolean asymmetric;
        private final int entry;
        private final long biasWord;
        private final long endWord;

        private Owner(HotMemory words, Fences fences, int entry) {
            this.words = words;
            this.asymmetric = fences.kind() == Fences.Kind.LIGHT;
            this.entry = entry;
            this.biasWord = ChannelLayout.producer(entry, ChannelLayout.BIAS);
            this.endWord = ChannelLayout.producer(entry, ChannelLayout.BIAS_END);
        }

        /**
         * Step B1: claims what lies from {@code from} to {@code to}, which {@link #canStart}, if nobody else has, and keeps
         * the tail. Full fence.
         *
         * @return the bias, which the tail has never been before, or 0
         */
        long take(long from, long to) {
            long bias = Long.MIN_VALUE | (long) entry << ENTRY_SHIFT | to >>> POSITION_SHIFT;
            words.putLongRelease(endWord, to);
            words.putLongRelease(biasWord, bias);
            return words.compareAndSetLong(ChannelLayout.TAIL, from, bias) ? bias : 0;
        }

        /** Steps B2 and B3: claims what lies up to {@code end}, unless somebody has begun to revoke {@code bias}. */
        boolean claim(long bias, long end) {
            words.putLongRelease(endWord, end);
            Fences.light(asymmetric);
            return isWhole(bias);
        }

        /** Whether nobody has begun to revoke the bias; opaque. */
        boolean isWhole(long bias) {
            return words.getLongOpaque(biasWord) == bias;
        }
    }

    /**
     * Where the last claim under {@code bias} ends, if it stands in the tail before and after; as long as that is not
     * decided, perhaps where one ends that will not count. Not checked.
     */
    long reached(long bias) {
        long decided = words.getLongVolatile(ChannelLayout.producer(entry(bias), ChannelLayout.BIAS));
        return isBias(decided) ? announced(bias) : decided;
    }

    private long announced(long bias) {
        return words.getLongAcquire(ChannelLayout.producer(entry(bias), ChannelLayout.BIAS_END));
    }

    /**
     * Steps B4 to B7: ends {@code bias}, which stood in {@code tail}. By anybody, by several at once, and again by the next
     * one if one is killed in it. Heavy fence.
     *
     * @return where its last claim ended, which {@code tail} says from then on; negative if its publication has a new bias
     *     by now, or its words are damaged
     */
    long revoke(long bias) {
        int word = ChannelLayout.producer(entry(bias), ChannelLayout.BIAS);
        words.compareAndSetLong(word, bias, bias | REVOKING); // B4
        if (words.getLongVolatile(word) == (bias | REVOKING)) {
            fences.heavy(); // B5
            long end = announced(bias);
            if (end >>> POSITION_SHIFT < (bias & POSITION_MASK)) {
                return -1;
            }
            words.compareAndSetLong(word, bias | REVOKING, end); // B6
        }
        long end = words.getLongVolatile(word);
        if (end >= 0) {
            words.compareAndSetLong(ChannelLayout.TAIL, bias, end); // B7
        }
        return end;
    }
}
