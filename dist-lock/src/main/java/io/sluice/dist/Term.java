package io.sluice.dist;

/**
 * When a request left, by both clocks: the monotonic one stands still while the machine is suspended, the other may be
 * set back. Time has passed if either says so.
 */
record Term(long nanos, long wallMillis) {
    static Term now() {
        return new Term(System.nanoTime(), System.currentTimeMillis());
    }

    /** So much later, or earlier if negative. */
    Term plus(long more) {
        return new Term(nanos + more, wallMillis + Math.floorDiv(more, 1_000_000));
    }

    long elapsedNanos() {
        return Math.max(System.nanoTime() - nanos, (System.currentTimeMillis() - wallMillis) * 1_000_000);
    }
}
