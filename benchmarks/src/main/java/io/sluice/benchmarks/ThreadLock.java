package io.sluice.benchmarks;

/** A lock on the heap, which all threads use in the same way. */
record ThreadLock(LockAccess access) implements MeasuredLock {
    @Override
    public void close() {
        // the heap keeps nothing
    }
}
