package io.sluice.rwlock;

import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A {@link FencedReadWriteLock} for the threads of one process: small and plain, the reference for the others. Its data
 * dies with the process, so nobody ever finds it torn.
 *
 * <p>Writers come in the order of their waking; {@link #HeapReadWriteLock(String, int)} bounds how many writers in a row
 * readers wait for.
 */
public final class HeapReadWriteLock extends ThreadedLock {
    private final ReentrantLock monitor = new ReentrantLock();
    private final Condition readable = monitor.newCondition();
    private final Condition writable = monitor.newCondition();
    private final int readersAfter;

    private int readers;
    private int waitingReaders;
    private int waitingWriters;
    private boolean writing;

    /** Writers in a row that readers waited for. */
    private int passed;

    /** Readers that may get in before the next writer. */
    private int admitted;

    private volatile long token;

    /** A lock that prefers writers without bound. */
    public HeapReadWriteLock(String name) {
        this(name, 0);
    }

    /**
     * A lock that lets waiting readers in after {@code readersAfter} writers in a row.
     *
     * @param name for messages
     * @param readersAfter 0 for no bound
     * @throws IllegalArgumentException if it is negative
     */
    public HeapReadWriteLock(String name, int readersAfter) {
        super(name);
        if (readersAfter < 0) {
            throw new IllegalArgumentException("must not be negative: lock=" + name + ", readersAfter=" + readersAfter);
        }
        this.readersAfter = readersAfter;
        Instant now = Instant.now();
        token = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    @Override
    ThreadHolds newHolds(Thread thread) {
        for (ThreadHolds holds : allHolds()) {
            if (holds.isAbandoned()) {
                forget(holds);
            }
        }
        return new HeapHolds(this, thread);
    }

    @Override
    int sharedLane() {
        return 0;
    }

    @Override
    Outcome enterCounted(int lane, Patience patience) {
        monitor.lock();
        waitingReaders++;
        try {
            while (writing || (waitingWriters > 0 && admitted == 0)) {
                Outcome verdict = verdict(readable, patience);
                if (verdict != Outcome.ACQUIRED) {
                    return verdict;
                }
            }
            readers++;
            return Outcome.ACQUIRED;
        } finally {
            waitingReaders--;
            admitted = Math.max(0, Math.min(admitted - 1, waitingReaders));
            if (admitted == 0 && readers == 0) {
                writable.signal();
            }
            monitor.unlock();
            patience.end(Outcome.ACQUIRED);
        }
    }

    /** Waits once; ACQUIRED for look again. */
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    private Outcome verdict(Condition condition, Patience patience) {
        if (isClosed()) {
            return Outcome.CLOSED;
        }
        Outcome verdict = patience.verdict();
        if (verdict != null) {
            return verdict;
        }
        try {
            long left = condition.awaitNanos(patience.left());
            return left == Long.MIN_VALUE ? Outcome.TIMED_OUT : Outcome.ACQUIRED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the next verdict is about that
            return Outcome.ACQUIRED;
        }
    }

    @Override
    void addCounted(int lane) {
        monitor.lock();
        try {
            readers++;
        } finally {
            monitor.unlock();
        }
    }

    @Override
    void leaveCounted(int lane) {
        monitor.lock();
        try {
            readers--;
            if (readers == 0) {
                writable.signal();
            }
        } finally {
            monitor.unlock();
        }
    }

    @Override
    Outcome enterExclusive(Patience patience) {
        monitor.lock();
        waitingWriters++;
        try {
            while (writing || readers > 0 || admitted > 0) {
                Outcome verdict = verdict(writable, patience);
                if (verdict != Outcome.ACQUIRED) {
                    return verdict;
                }
            }
            writing = true;
            long next = token + 1;
            token = next;
            VarHandle.releaseFence(); // before the data, for optimistic readers
            return Outcome.ACQUIRED;
        } finally {
            waitingWriters--;
            if (!writing) {
                letIn();
            }
            monitor.unlock();
        }
    }

    @Override
    void leaveExclusive() {
        monitor.lock();
        try {
            writing = false;
            passed = waitingReaders > 0 ? passed + 1 : 0;
            if (readersAfter > 0 && passed >= readersAfter) {
                passed = 0;
                admitted = waitingReaders;
            }
            letIn();
        } finally {
            monitor.unlock();
        }
    }

    private void letIn() {
        if (waitingWriters == 0 || admitted > 0) {
            readable.signalAll();
        } else {
            writable.signal();
        }
    }

    @Override
    long token() {
        return token;
    }

    @Override
    boolean previousOwnerDied() {
        return false;
    }

    @Override
    boolean readersDied() {
        return false;
    }

    @Override
    void markMended() {
        // never torn
    }

    /** {@inheritDoc} */
    @Override
    public long tryOptimisticRead() {
        if (isClosed()) {
            throw closedException();
        }
        monitor.lock();
        try {
            return writing ? 0 : token;
        } finally {
            monitor.unlock();
        }
    }

    /** {@inheritDoc} */
    @Override
    public boolean validate(long stamp) {
        VarHandle.acquireFence();
        return stamp != 0 && token == stamp;
    }

    /** {@inheritDoc} Threads are not named: this lock counts, it does not list. */
    @Override
    public List<LockParty> parties() {
        return new ArrayList<>();
    }

    /** {@inheritDoc} */
    @Override
    public String describe() {
        monitor.lock();
        try {
            return "lock: name=" + name() + ", token=" + token + ", writing=" + writing + ", readers=" + readers
                    + ", waitingWriters=" + waitingWriters + ", waitingReaders=" + waitingReaders + "\n";
        } finally {
            monitor.unlock();
        }
    }

    @Override
    boolean hasLightFence() {
        return false;
    }

    @Override
    void heavyFence() {
        VarHandle.fullFence();
    }

    @Override
    void wakeAll() {
        monitor.lock();
        try {
            readable.signalAll();
            writable.signalAll();
        } finally {
            monitor.unlock();
        }
    }

    @Override
    void end() {
        // nothing is kept
    }

    private static final class HeapHolds extends ThreadHolds {
        private final HeapReadWriteLock lock;

        HeapHolds(HeapReadWriteLock lock, Thread thread) {
            super(lock, thread, 0, Place.NOWHERE);
            this.lock = lock;
        }

        @Override
        boolean tryEnterOwn() {
            return false;
        }

        @Override
        Outcome enterOwn(Patience patience) {
            return lock.enterCounted(0, patience);
        }

        @Override
        void setOwn() {
            lock.addCounted(0);
        }

        @Override
        void leaveOwn() {
            lock.leaveCounted(0);
        }
    }
}
