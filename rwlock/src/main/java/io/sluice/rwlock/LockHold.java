package io.sluice.rwlock;

import java.util.concurrent.atomic.AtomicBoolean;

/** A hold that cannot be lost. It keeps its lock's memory until it is closed. */
abstract class LockHold implements Hold {
    private final ThreadedLock lock;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final long token;

    LockHold(ThreadedLock lock) {
        this.lock = lock;
        this.token = lock.token();
    }

    /** Gives back what it holds; once. */
    abstract void leave();

    final ThreadedLock lock() {
        return lock;
    }

    @Override
    public final long token() {
        return token;
    }

    @Override
    public final boolean isValid() {
        return open.get();
    }

    @Override
    public final void ensureValid() {
        if (!open.get()) {
            throw closedException();
        }
    }

    @Override
    public final void onLost(Runnable action) {
        // never lost
    }

    @Override
    public final void close() {
        if (open.compareAndSet(true, false)) {
            leave();
            lock.releaseUser();
        }
    }

    final IllegalStateException closedException() {
        return new IllegalStateException("hold is closed: lock=" + lock.name() + ", mode=" + mode());
    }

    @Override
    public String toString() {
        return "Hold: lock=" + lock.name() + ", mode=" + mode() + ", token=" + token + ", valid=" + open.get();
    }
}
