package io.sluice.dist;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockMode;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One hold, on a lease that may carry others. */
final class DistributedHold implements Hold {
    private final String lock;
    private final Lease lease;
    private final LockMode mode;

    /** The thread for which it counts, if any. */
    private final @Nullable ThreadState counted;

    private final AtomicBoolean open = new AtomicBoolean(true);

    /** The lease has been retained, and the thread counted, for it. */
    DistributedHold(String lock, Lease lease, LockMode mode, @Nullable ThreadState counted) {
        this.lock = lock;
        this.lease = lease;
        this.mode = mode;
        this.counted = counted;
    }

    @Override
    public LockMode mode() {
        return mode;
    }

    @Override
    public long token() {
        return lease.token();
    }

    @Override
    public boolean isValid() {
        return open.get() && lease.isLive();
    }

    @Override
    public void ensureValid() {
        if (!open.get()) {
            throw closedException();
        }
        if (!lease.isLive()) {
            throw lease.lostException();
        }
    }

    @Override
    public void onLost(Runnable action) {
        lease.onLost(open, action);
    }

    @Override
    public Hold read() {
        retainForRead();
        return new DistributedHold(lock, lease, LockMode.READ, null);
    }

    private void retainForRead() {
        if (!open.get() || !lease.retain(LockMode.READ)) {
            throw closedException();
        }
    }

    @Override
    public Hold downgrade() {
        requireWrite();
        retainForRead();
        ThreadState mine = counted;
        if (mine != null && mine.thread() == Thread.currentThread()) {
            mine.addRead();
        } else {
            mine = null;
        }
        Hold reading = new DistributedHold(lock, lease, LockMode.READ, mine);
        try {
            close();
        } catch (RuntimeException e) {
            closeBeside(reading, e);
            throw e;
        }
        return reading;
    }

    private static void closeBeside(Hold hold, RuntimeException first) {
        try {
            hold.close();
        } catch (RuntimeException e) {
            first.addSuppressed(e);
        }
    }

    @Override
    public boolean previousOwnerDied() {
        ensureValid();
        return mode == LockMode.WRITE && lease.previousOwnerDied();
    }

    @Override
    public boolean readersDied() {
        return mode == LockMode.WRITE && lease.readersDied();
    }

    @Override
    public void markConsistent() {
        requireWrite();
        ensureValid();
        lease.mend();
    }

    private void requireWrite() {
        if (mode != LockMode.WRITE) {
            throw new IllegalStateException("not a write hold: lock=" + lock + ", mode=" + mode);
        }
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            if (counted != null) {
                counted.leave(mode, false);
            }
            lease.release(mode);
        }
    }

    private IllegalStateException closedException() {
        return new IllegalStateException("hold is closed: lock=" + lock + ", mode=" + mode);
    }

    @Override
    public String toString() {
        return "Hold: lock=" + lock + ", mode=" + mode + ", token=" + token() + ", valid=" + isValid();
    }
}
