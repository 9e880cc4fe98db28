package io.sluice.benchmarks;

/** A lock as a process has it. */
interface MeasuredLock extends AutoCloseable {
    /** For the calling thread, which keeps it. */
    LockAccess access();

    /** As {@link #access}, but its write lock is to be had, and mends, after a writer died. */
    default LockAccess rescuer() {
        return access();
    }

    @Override
    void close();
}
