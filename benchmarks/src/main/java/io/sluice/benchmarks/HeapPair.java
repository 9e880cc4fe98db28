package io.sluice.benchmarks;

/** For threads of one JVM. */
final class HeapPair extends GuardedPair {
    /** Two lines away from the neighbours on both sides: the prefetcher fetches pairs. */
    private static final int FIRST = 16;

    private static final int SECOND = FIRST + 1;
    private static final int LENGTH = SECOND + FIRST;

    private final long[] words = new long[LENGTH];

    @Override
    long first() {
        return words[FIRST];
    }

    @Override
    long second() {
        return words[SECOND];
    }

    @Override
    void set(long first, long second) {
        words[FIRST] = first;
        words[SECOND] = second;
    }
}
