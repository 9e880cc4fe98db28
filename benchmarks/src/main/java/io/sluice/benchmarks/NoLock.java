package io.sluice.benchmarks;

/** Excludes nobody: what the harness itself costs, and what shows that its checks work. */
final class NoLock implements LockAccess {
    @Override
    public long lockRead() {
        return 0;
    }

    @Override
    public void unlockRead(long stamp) {
        // nothing was locked
    }

    @Override
    public long lockWrite() {
        return 0;
    }

    @Override
    public void unlockWrite(long stamp) {
        // nothing was locked
    }
}
