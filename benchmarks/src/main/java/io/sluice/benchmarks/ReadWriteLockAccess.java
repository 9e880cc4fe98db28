package io.sluice.benchmarks;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/** By two locks of java.util.concurrent, which may be one. */
class ReadWriteLockAccess implements LockAccess {
    private final Lock readLock;
    private final Lock writeLock;

    ReadWriteLockAccess(ReadWriteLock lock) {
        this(lock.readLock(), lock.writeLock());
    }

    ReadWriteLockAccess(Lock readLock, Lock writeLock) {
        this.readLock = readLock;
        this.writeLock = writeLock;
    }

    @Override
    public final long lockRead() {
        readLock.lock();
        return 0;
    }

    @Override
    public final void unlockRead(long stamp) {
        readLock.unlock();
    }

    @Override
    public final long lockWrite() {
        writeLock.lock();
        return 0;
    }

    @Override
    public final void unlockWrite(long stamp) {
        writeLock.unlock();
    }
}
