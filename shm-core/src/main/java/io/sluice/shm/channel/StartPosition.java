package io.sluice.shm.channel;

/** Where a new subscription begins to read. */
public enum StartPosition {
    /**
     * At the oldest message that the ring is certain to keep: the channel's first, until somebody has received it; else
     * where the slowest subscription is, or where the last one was when it left.
     */
    EARLIEST,
    /** Behind the last message that was committed when the subscription was made. */
    LATEST
}
