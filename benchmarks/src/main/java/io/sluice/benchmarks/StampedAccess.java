package io.sluice.benchmarks;

import java.util.concurrent.locks.StampedLock;

/** By the JDK's lock of that name. */
final class StampedAccess implements LockAccess {
    private final StampedLock lock;

    StampedAccess(StampedLock lock) {
        this.lock = lock;
    }

    @Override
    public long lockRead() {
        return lock.readLock();
    }

    @Override
    public void unlockRead(long stamp) {
        lock.unlockRead(stamp);
    }

    @Override
    public long lockWrite() {
        return lock.writeLock();
    }

    @Override
    public void unlockWrite(long stamp) {
        lock.unlockWrite(stamp);
    }

    @Override
    public long tryOptimisticRead() {
        return lock.tryOptimisticRead();
    }

    @Override
    public boolean validate(long stamp) {
        return lock.validate(stamp);
    }
}
