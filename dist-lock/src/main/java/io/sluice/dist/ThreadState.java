package io.sluice.dist;

import io.sluice.rwlock.FencedReadWriteLock;
import io.sluice.rwlock.LockMode;
import org.jspecify.annotations.Nullable;

/**
 * What one thread holds of one lock: by the view, which only that thread changes, and by holds, which any thread may
 * close. All of it stands on one lease. Guarded by itself.
 */
final class ThreadState {
    private final Thread thread;
    private @Nullable Lease lease;
    private int viewReads;
    private int viewWrites;
    private int heldReads;
    private int heldWrites;

    ThreadState(Thread thread) {
        this.thread = thread;
    }

    Thread thread() {
        return thread;
    }

    /**
     * One more by re-entry; null if the thread has to ask for a lease.
     *
     * @throws IllegalStateException if it reads and asks to write, or has too many
     */
    synchronized @Nullable Lease enterAgain(String lock, LockMode mode, boolean view) {
        Lease mine = lease;
        if (mine == null) {
            return null;
        }
        if (mode == LockMode.WRITE && viewWrites + heldWrites == 0) {
            throw new IllegalStateException("a thread that reads cannot ask to write, it would wait for itself: lock="
                    + lock + ", thread=" + thread.getName() + ", readHolds=" + viewReads + ", openReadHolds="
                    + heldReads);
        }
        if (count(mode, view) == FencedReadWriteLock.MAX_HOLDS) {
            throw new IllegalStateException("too many holds of one thread: lock=" + lock + ", mode=" + mode + ", holds="
                    + FencedReadWriteLock.MAX_HOLDS);
        }
        if (!mine.retain(mode)) {
            throw new IllegalStateException(
                    "unexpected: lock=" + lock + ", thread=" + thread.getName() + ", mode=" + mode);
        }
        add(mode, view, 1);
        return mine;
    }

    /** The first one, on a lease that is held for it already. */
    synchronized void enter(Lease fresh, LockMode mode, boolean view) {
        lease = fresh;
        add(mode, view, 1);
    }

    /** One less; the caller then releases the lease. Null if there is none. */
    synchronized @Nullable Lease leave(LockMode mode, boolean view) {
        if (count(mode, view) == 0) {
            return null;
        }
        add(mode, view, -1);
        Lease mine = lease;
        if (viewReads + viewWrites + heldReads + heldWrites == 0) {
            lease = null;
        }
        return mine;
    }

    /** A read hold beside a write hold of this thread, which the caller keeps meanwhile; the lease is retained for it. */
    synchronized void addRead() {
        add(LockMode.READ, false, 1);
    }

    private int count(LockMode mode, boolean view) {
        if (mode == LockMode.READ) {
            return view ? viewReads : heldReads;
        }
        return view ? viewWrites : heldWrites;
    }

    private void add(LockMode mode, boolean view, int change) {
        if (mode == LockMode.READ) {
            if (view) {
                viewReads += change;
            } else {
                heldReads += change;
            }
        } else if (view) {
            viewWrites += change;
        } else {
            heldWrites += change;
        }
    }
}
