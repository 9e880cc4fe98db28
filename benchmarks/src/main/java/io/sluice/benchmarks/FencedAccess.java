package io.sluice.benchmarks;

import io.sluice.rwlock.FencedReadWriteLock;
import java.util.concurrent.locks.ReadWriteLock;

/** By one of Sluice's views of a lock by threads. */
final class FencedAccess extends ReadWriteLockAccess {
    private final FencedReadWriteLock lock;

    FencedAccess(FencedReadWriteLock lock, ReadWriteLock view) {
        super(view);
        this.lock = lock;
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
