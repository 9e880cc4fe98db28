package io.sluice.benchmarks;

/** A lock as one thread uses it; a stamp is whatever the unlocking call needs. */
interface LockAccess {
    long lockRead();

    void unlockRead(long stamp);

    long lockWrite();

    void unlockWrite(long stamp);

    /** A stamp for {@link #validate}, or 0 if there is none to have. */
    default long tryOptimisticRead() {
        return 0;
    }

    default boolean validate(long stamp) {
        return false;
    }
}
