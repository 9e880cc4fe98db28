package io.sluice.rwlock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * What one thread holds of one lock, and the lock as that thread sees it. The counts of the view are the thread's alone;
 * holds that other threads may close are counted atomically.
 *
 * <p>{@code reads} and {@code writes} are also what the closer of the lock looks at (the pattern of OperationGuard): set,
 * light fence, closed? against closed, heavy fence, set?
 */
abstract class ThreadHolds extends OwnLane {
    /** In {@code reads}: not held on the own lane by address. */
    private static final int OTHERWISE = 1 << 30;

    private static final VarHandle READS;
    private static final VarHandle WRITES;

    static {
        try {
            READS = MethodHandles.lookup().findVarHandle(ThreadHolds.class, "reads", int.class);
            WRITES = MethodHandles.lookup().findVarHandle(ThreadHolds.class, "writes", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ThreadedLock lock;
    private final Thread thread;
    private final int lane;
    private final ReadUnit holds;
    private final Patience unlimited = Patience.unlimited();
    private final ReadWriteLock view;

    private final boolean asymmetric;

    /** Read holds of the view, and {@link #OTHERWISE}. */
    private int reads;

    /** Write holds of the view. */
    private int writes;

    /** The lock is closed; set by the closer, before its heavy fence. */
    private volatile boolean closed;

    /** Address of the own lane; 0 when the lock is closed, and where the lane is reached otherwise. */
    private volatile long openLane;

    /** Whether the view's read holds stand on the counted lane, under a hold that was there before them. */
    private boolean readsAreCounted;

    ThreadHolds(ThreadedLock lock, Thread thread, int lane, Place place) {
        super(place);
        this.openLane = place.address();
        this.lock = lock;
        this.thread = thread;
        this.lane = lane;
        this.holds = new ReadUnit(lock, lane, 0);
        this.asymmetric = lock.hasLightFence();
        this.view = new ThreadView(lock, this);
    }

    /** The closer's side of {@link #isInUse}; a heavy fence must follow. */
    final void close() {
        closed = true;
        openLane = 0;
    }

    /** The user's side: orders its flag before the look at {@code closed}. */
    private void orderFlag() {
        if (asymmetric) {
            VarHandle.releaseFence();
        } else {
            VarHandle.fullFence();
        }
    }

    final Thread thread() {
        return thread;
    }

    /** Index of the lane. */
    final int lane() {
        return lane;
    }

    /** The lock as this thread sees it; refuses others. */
    final ReadWriteLock view() {
        return view;
    }

    /** Whether anything of the view is held or being acquired. */
    final boolean isInUse() {
        return (int) READS.getAcquire(this) != 0 || (int) WRITES.getAcquire(this) != 0;
    }

    /** Whether its thread has ended and nothing depends on it any more. */
    final boolean isAbandoned() {
        return !thread.isAlive() && !holds.isHeld();
    }

    // ------------------------------------------------------------ the own lane, by the kind of lock

    /** Holds the own lane if the gate is open; never waits. */
    abstract boolean tryEnterOwn();

    /** Holds the own lane, waiting at the gate. */
    abstract Outcome enterOwn(Patience patience);

    /** Holds the own lane without asking: the thread writes. */
    abstract void setOwn();

    abstract void leaveOwn();

    // ------------------------------------------------------------ reading by the view

    final void lockRead() {
        if (reads != 0) {
            readPatiently();
            return;
        }
        READS.setOpaque(this, 1);
        VarHandle.releaseFence(); // all of orderFlag, if the lane is reached by address
        long address = openLane;
        if ((address == 0 || !enter(address)) && !tryReadAnew(address != 0)) {
            readPatiently();
        }
    }

    /** As {@link #lockRead}, but false instead of waiting, and if a writer died in its section. */
    final boolean tryLockRead() {
        if (reads != 0) {
            return tryRead();
        }
        READS.setOpaque(this, 1);
        VarHandle.releaseFence(); // all of orderFlag, if the lane is reached by address
        long address = openLane;
        return (address != 0 && enter(address)) || tryReadAnew(address != 0) || tryRead();
    }

    private boolean tryRead() {
        Outcome outcome = read(Patience.none());
        if (outcome == Outcome.CLOSED) {
            lock.require(outcome, LockMode.READ, Patience.none());
        }
        return outcome == Outcome.ACQUIRED;
    }

    /** {@code open}: known to be so while the flag is up. False with the flag down. */
    private boolean tryReadAnew(boolean open) {
        reads = first();
        orderFlag();
        if ((open || !closed) && tryEnterOwn()) {
            return true;
        }
        READS.setOpaque(this, 0);
        return false;
    }

    private void readPatiently() {
        Patience patience = unlimited.reset();
        lock.require(read(patience), LockMode.READ, patience);
    }

    /** What {@code reads} is with one hold on the own lane. */
    private int first() {
        return laneAddress() == 0 ? OTHERWISE + 1 : 1;
    }

    private int countReads() {
        return reads & (OTHERWISE - 1);
    }

    final Outcome read(Patience patience) {
        if (reads > 0) {
            if (countReads() == FencedReadWriteLock.MAX_HOLDS) {
                throw lock.tooMany(LockMode.READ);
            }
            reads++;
            return Outcome.ACQUIRED;
        }
        READS.setOpaque(this, first());
        orderFlag();
        boolean acquired = false;
        try {
            if (closed) {
                return Outcome.CLOSED;
            }
            Outcome outcome = enterRead(patience);
            acquired = outcome == Outcome.ACQUIRED;
            return outcome;
        } finally {
            if (!acquired) {
                leaveReads();
            }
        }
    }

    private Outcome enterRead(Patience patience) {
        if (lock.pinSection(this)) {
            try {
                setOwn();
            } finally {
                lock.releaseSection();
            }
            return Outcome.ACQUIRED;
        }
        if (holds.retain()) {
            readsAreCounted = true;
            reads = OTHERWISE + 1;
            return Outcome.ACQUIRED;
        }
        return enterOwn(patience);
    }

    final void unlockRead() {
        if (reads != 1) {
            unlockOtherwise();
            return;
        }
        if (!leave()) {
            leaveOwn();
        }
        READS.setRelease(this, 0);
        VarHandle.releaseFence(); // all of orderFlag, as the lane is reached by address
        if (openLane == 0) {
            lock.endIfUnused();
        }
    }

    private void unlockOtherwise() {
        if (reads == 0) {
            throw notHeld(LockMode.READ);
        }
        if (countReads() > 1) {
            reads--;
            return;
        }
        if (readsAreCounted) {
            readsAreCounted = false;
            holds.release();
        } else {
            leaveOwn();
        }
        leaveReads();
    }

    private void leaveReads() {
        READS.setRelease(this, 0);
        orderFlag();
        if (closed) {
            lock.endIfUnused();
        }
    }

    // ------------------------------------------------------------ writing by the view

    final void lockWrite() {
        Patience patience = unlimited.reset();
        lock.require(write(patience), LockMode.WRITE, patience);
    }

    final Outcome write(Patience patience) {
        if (writes > 0) {
            if (writes == FencedReadWriteLock.MAX_HOLDS) {
                throw lock.tooMany(LockMode.WRITE);
            }
            writes++;
            return Outcome.ACQUIRED;
        }
        WRITES.setOpaque(this, 1);
        orderFlag();
        boolean acquired = false;
        try {
            if (closed) {
                return Outcome.CLOSED;
            }
            Outcome outcome = lock.pinSection(this) ? Outcome.ACQUIRED : enterWrite(patience);
            acquired = outcome == Outcome.ACQUIRED;
            return outcome;
        } finally {
            if (!acquired) {
                leaveWrites();
            }
        }
    }

    private Outcome enterWrite(Patience patience) {
        refuseUpgrade();
        Outcome outcome = lock.beginSection(this, patience);
        if (outcome == Outcome.ACQUIRED && lock.previousOwnerDied()) {
            lock.releaseSection(); // the view has no way to tell, and none to mend
            return Outcome.INCONSISTENT;
        }
        return outcome;
    }

    /** To be called by the thread before it acquires the write lock anew. */
    final void refuseUpgrade() {
        if (reads > 0 || holds.isHeld() || lock.readsOtherwise(thread)) {
            throw new IllegalStateException("a thread that reads cannot ask to write, it would wait for itself: lock="
                    + lock.name() + ", thread=" + thread.getName() + ", readHolds=" + countReads() + ", "
                    + holds);
        }
    }

    final void unlockWrite() {
        int held = writes;
        if (held == 1) {
            lock.releaseOwnSection();
            leaveWrites();
        } else if (held > 1) {
            writes = held - 1;
        } else {
            throw notHeld(LockMode.WRITE);
        }
    }

    private void leaveWrites() {
        WRITES.setRelease(this, 0);
        orderFlag();
        if (closed) {
            lock.endIfUnused();
        }
    }

    private IllegalMonitorStateException notHeld(LockMode mode) {
        return new IllegalMonitorStateException(
                "not held by this thread: lock=" + lock.name() + ", mode=" + mode + ", thread=" + thread.getName());
    }

    // ------------------------------------------------------------ holds, which any thread may close

    /** One more read hold that any thread may close, by {@link #unit}. */
    final Outcome enterCounted(Patience patience) {
        if (holds.retain()) {
            return Outcome.ACQUIRED;
        }
        Outcome outcome = Outcome.ACQUIRED;
        if (reads > 0) {
            lock.addCounted(lane); // the own lane is scanned before the counted one, so a hold may move this way
        } else if (lock.pinSection(this)) {
            try {
                lock.addCounted(lane);
            } finally {
                lock.releaseSection();
            }
        } else {
            outcome = lock.enterCounted(lane, patience);
        }
        if (outcome == Outcome.ACQUIRED) {
            holds.begin();
        }
        return outcome;
    }

    /** What its thread's read holds have in common. */
    final ReadUnit unit() {
        return holds;
    }
}
