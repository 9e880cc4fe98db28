package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/** A lock as {@code java.util.concurrent} knows it. */
final class DistributedView implements ReadWriteLock {
    private final Lock readLock;
    private final Lock writeLock;

    /** For the thread of {@code confined}, refusing others; null: for any thread. */
    DistributedView(DistributedReadWriteLock lock, @Nullable ThreadState confined) {
        readLock = new View(lock, confined, LockMode.READ);
        writeLock = new View(lock, confined, LockMode.WRITE);
    }

    @Override
    public Lock readLock() {
        return readLock;
    }

    @Override
    public Lock writeLock() {
        return writeLock;
    }

    private record View(
            DistributedReadWriteLock whole, @Nullable ThreadState confined, LockMode mode) implements Lock {
        /** Of the calling thread. */
        private ThreadState state() {
            ThreadState mine = confined;
            if (mine == null) {
                return whole.state();
            }
            if (mine.thread() != Thread.currentThread()) {
                throw new IllegalStateException("belongs to another thread: lock=" + whole.name() + ", owner="
                        + mine.thread().getName() + ", thread="
                        + Thread.currentThread().getName());
            }
            return mine;
        }

        @Override
        public void lock() {
            whole.enter(state(), mode, Acquisition.NO_LIMIT, true);
        }

        @Override
        public void lockInterruptibly() throws InterruptedException {
            whole.enterInterruptibly(state(), mode, Acquisition.NO_LIMIT, true);
        }

        @Override
        public boolean tryLock() {
            return whole.tryEnter(state(), mode, true) != null;
        }

        @Override
        public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
            return whole.tryEnter(state(), mode, Math.max(0, unit.toNanos(time)), true) != null;
        }

        @Override
        public void unlock() {
            Lease lease = state().leave(mode, true);
            if (lease == null) {
                throw new IllegalMonitorStateException("not held by this thread: lock=" + whole.name() + ", mode="
                        + mode + ", thread=" + Thread.currentThread().getName());
            }
            lease.release(mode);
        }

        @Override
        public Condition newCondition() {
            throw new UnsupportedOperationException(
                    "no conditions: a waiter would have to be woken by threads of other processes; wait on a channel");
        }

        @Override
        public String toString() {
            return mode + " view of " + whole;
        }
    }
}
