package io.sluice.rwlock;

/**
 * How long it is worth spinning before a sleep on one word: half as long after each wait that had to sleep all the same,
 * twice as long after one that had not, and now and then as long as a wake costs, since the waits may have become short.
 * A reader that spins while others are to leave takes the CPU that they need.
 *
 * <p>Threads share it without order; a lost update is a guess that is one wait old.
 */
final class SpinBudget {
    private static final int WAITS_PER_TRIAL = 16;
    private static final int LEAST_PART = 16;

    private final long most;
    private long nanos;
    private int waits;

    SpinBudget(long most) {
        this.most = most;
        this.nanos = most;
    }

    /** How long the next wait may spin, nanoseconds. */
    long next() {
        waits++;
        return waits % WAITS_PER_TRIAL == 0 ? most : nanos;
    }

    /** A wait has ended, in time or asleep. */
    void spent(boolean inTime) {
        nanos = inTime ? Math.min(most, 2 * nanos) : Math.max(most / LEAST_PART, nanos / 2);
    }
}
