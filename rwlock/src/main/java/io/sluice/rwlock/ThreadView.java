package io.sluice.rwlock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/** A lock as {@code java.util.concurrent} knows it. */
final class ThreadView implements ReadWriteLock {
    private static final @Nullable ThreadHolds[] NONE = {};

    private final Lock readLock;
    private final Lock writeLock;

    /** For any thread; {@code recent}: where the lock finds most threads' holds. */
    ThreadView(ThreadedLock lock, @Nullable ThreadHolds[] recent) {
        this.readLock = new ReadView(lock, null, recent);
        this.writeLock = new WriteView(lock, null, recent);
    }

    /** For the thread of {@code holds}; refuses others. */
    ThreadView(ThreadedLock lock, ThreadHolds holds) {
        this.readLock = new ReadView(lock, holds, NONE);
        this.writeLock = new WriteView(lock, holds, NONE);
    }

    @Override
    public Lock readLock() {
        return readLock;
    }

    @Override
    public Lock writeLock() {
        return writeLock;
    }

    private abstract static class View implements Lock {
        private final ThreadedLock lock;
        private final @Nullable ThreadHolds confined;
        private final @Nullable ThreadHolds[] recent;
        private final LockMode mode;

        View(ThreadedLock lock, @Nullable ThreadHolds confined, @Nullable ThreadHolds[] recent, LockMode mode) {
            this.lock = lock;
            this.confined = confined;
            this.recent = recent;
            this.mode = mode;
        }

        /** Of the calling thread. */
        final ThreadHolds holds() {
            ThreadHolds mine = confined;
            if (mine == null) {
                return lock.holds(recent, Thread.currentThread());
            }
            if (mine.thread() != Thread.currentThread()) {
                throw new IllegalStateException("belongs to another thread: lock=" + lock.name() + ", owner="
                        + mine.thread().getName() + ", thread="
                        + Thread.currentThread().getName());
            }
            return mine;
        }

        abstract Outcome acquire(ThreadHolds mine, Patience patience);

        @Override
        public void lockInterruptibly() throws InterruptedException {
            acquireInterruptibly(Patience.untilInterrupted());
        }

        @Override
        public boolean tryLock() {
            ThreadHolds mine = holds();
            Outcome outcome = acquire(mine, Patience.none());
            if (outcome == Outcome.TIMED_OUT) {
                return false;
            }
            lock.require(outcome, mode, Patience.none());
            return true;
        }

        @Override
        public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
            return acquireInterruptibly(Patience.limited(unit.toNanos(time)));
        }

        private boolean acquireInterruptibly(Patience patience) throws InterruptedException {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            ThreadHolds mine = holds();
            Outcome outcome = acquire(mine, patience);
            if (outcome == Outcome.TIMED_OUT) {
                return false;
            }
            lock.requireUninterrupted(outcome, mode, patience);
            return true;
        }

        @Override
        public Condition newCondition() {
            throw new UnsupportedOperationException(
                    "no conditions: a waiter would have to be woken by threads of other processes; wait on a channel");
        }

        @Override
        public String toString() {
            return mode + " view of " + lock;
        }
    }

    private static final class ReadView extends View {
        ReadView(ThreadedLock lock, @Nullable ThreadHolds confined, @Nullable ThreadHolds[] recent) {
            super(lock, confined, recent, LockMode.READ);
        }

        @Override
        Outcome acquire(ThreadHolds mine, Patience patience) {
            return mine.read(patience);
        }

        @Override
        public void lock() {
            holds().lockRead();
        }

        @Override
        public void unlock() {
            holds().unlockRead();
        }
    }

    private static final class WriteView extends View {
        WriteView(ThreadedLock lock, @Nullable ThreadHolds confined, @Nullable ThreadHolds[] recent) {
            super(lock, confined, recent, LockMode.WRITE);
        }

        @Override
        Outcome acquire(ThreadHolds mine, Patience patience) {
            return mine.write(patience);
        }

        @Override
        public void lock() {
            holds().lockWrite();
        }

        @Override
        public void unlock() {
            holds().unlockWrite();
        }
    }
}
