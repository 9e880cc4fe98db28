package io.sluice.benchmarks;

/**
 * Two numbers that are equal whenever nobody writes, and that nothing but the measured lock guards: readers that a writer
 * gets in beside see them differ, and writers that get in beside each other lose a count.
 */
abstract class GuardedPair {
    abstract long first();

    abstract long second();

    abstract void set(long first, long second);

    /** Under a read lock. */
    final long read() {
        return check(first(), second());
    }

    /** Under the write lock. */
    final void increment() {
        set(first() + 1, second() + 1);
    }

    /** What was read without knowing yet whether a writer was there. */
    static long check(long first, long second) {
        if (first != second) {
            throw new IllegalStateException(
                    "a reader saw half of a write, the lock does not exclude: first=" + first + " second=" + second);
        }
        return first;
    }

    /** When nobody is inside any more. */
    final void checkWrites(long writes) {
        if (first() != writes || second() != writes) {
            throw new IllegalStateException("writes were lost, the lock does not exclude: writes=" + writes + " first="
                    + first() + " second=" + second());
        }
    }
}
