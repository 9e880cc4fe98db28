package io.sluice.rwlock;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One count in a lane, and the read holds that stand on it: it is given back with the last of them, by whichever thread.
 * Another hold may join while there is one; that the lane's count is not zero would not do, since a reader at the gate
 * counts itself before it looks.
 */
final class ReadUnit {
    private final ThreadedLock lock;
    private final int lane;
    private final AtomicInteger holds;

    ReadUnit(ThreadedLock lock, int lane, int holds) {
        this.lock = lock;
        this.lane = lane;
        this.holds = new AtomicInteger(holds);
    }

    /** The lane has been counted for a first hold. */
    void begin() {
        holds.incrementAndGet();
    }

    /** One more hold; false if there is none to join. */
    boolean retain() {
        while (true) {
            int seen = holds.get();
            if (seen == 0) {
                return false;
            }
            if (seen >= FencedReadWriteLock.MAX_HOLDS) {
                throw lock.tooMany(LockMode.READ);
            }
            if (holds.compareAndSet(seen, seen + 1)) {
                return true;
            }
        }
    }

    void release() {
        if (holds.decrementAndGet() == 0) {
            lock.leaveCounted(lane);
        }
    }

    /** A read hold beside this unit, which the caller keeps meanwhile: with a count of its own, for no thread. */
    Hold another() {
        lock.addUser();
        boolean counted = false;
        try {
            lock.addCounted(lane);
            counted = true;
            return new ReadHold(lock, new ReadUnit(lock, lane, 1));
        } finally {
            if (!counted) {
                lock.releaseUser();
            }
        }
    }

    boolean isHeld() {
        return holds.get() > 0;
    }

    @Override
    public String toString() {
        return "openReadHolds=" + holds.get();
    }
}
