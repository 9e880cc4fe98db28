package io.sluice.dist;

/**
 * When a request left, by both clocks: the monotonic one stands still while the machine is suspended, the other may be
 * set back. Time has passed if either says so.
 */
record Term(long nanos, long wallMillis) {
    static Term now() {
        return new Term(System.nanoTime(), System.currentTimeMillis());
    }

    /** So much later, but by neither clock after now. */
    Term later(long more) {
        return new Term(
                nanos + Math.min(more, System.nanoTime() - nanos),
                Math.min(wallMillis + more / 1_000_000, System.currentTimeMillis()));
    }

    Term earlier(long less) {
        return new Term(nanos - less, wallMillis - less / 1_000_000);
    }

    long elapsedNanos() {
        return Math.max(System.nanoTime() - nanos, (System.currentTimeMillis() - wallMillis) * 1_000_000);
    }
}
