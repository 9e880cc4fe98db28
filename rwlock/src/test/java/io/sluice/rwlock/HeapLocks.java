package io.sluice.rwlock;

/** Locks on the heap. */
public final class HeapLocks implements LockSource {
    @Override
    public Opened open(LockSettings settings) {
        return new Opened(new HeapReadWriteLock(settings.name(), settings.readersAfter()), () -> {});
    }
}
