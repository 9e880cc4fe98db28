package io.sluice.dist;

import java.time.Duration;

/** How a lock is to be. */
record Settings(
        String name,
        String prefix,
        Duration lease,
        Duration maxHold,
        int readersAfter,
        int replicas,
        Duration replicaTimeout) {
    static final Duration UNLIMITED = Duration.ofSeconds(Long.MAX_VALUE);

    private static final long DRIFT_ONE_IN = 100;

    /** Holds are renewed when this much of their lease has passed. */
    long renewalNanos() {
        return lease.toNanos() / 3;
    }

    /** As long a holder relies on its lease: clocks may differ in speed by one in a hundred. */
    long usableNanos() {
        return lease.toNanos() - lease.toNanos() / DRIFT_ONE_IN;
    }

    /** How long one answer of Redis is waited for. */
    Duration answerTimeout() {
        long third = lease.toNanos() / 3;
        return Duration.ofNanos(Math.min(third, Duration.ofSeconds(1).toNanos()));
    }
}
