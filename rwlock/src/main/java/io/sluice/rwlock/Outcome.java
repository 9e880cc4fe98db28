package io.sluice.rwlock;

/** How an attempt to acquire ended. */
enum Outcome {
    ACQUIRED,
    TIMED_OUT,
    INTERRUPTED,
    /** The request was withdrawn. */
    CANCELLED,
    CLOSED,
    /** A writer died in its section and nobody has mended the data. */
    INCONSISTENT
}
