package io.sluice.rwlock;

import org.jspecify.annotations.Nullable;

/** A hold for writing: one of those that keep a write section open. */
final class WriteHold extends LockHold {
    private final @Nullable ThreadHolds counted;
    private final long generation;
    private final boolean readersDied;

    /**
     * {@code counted}: the thread for which it counts, if any; {@code generation}: of the section, already counted for
     * this hold.
     */
    WriteHold(ThreadedLock lock, @Nullable ThreadHolds counted, long generation) {
        super(lock);
        this.counted = counted;
        this.generation = generation;
        this.readersDied = lock.readersDied();
    }

    @Override
    public LockMode mode() {
        return LockMode.WRITE;
    }

    @Override
    void leave() {
        lock().releaseSection();
    }

    private void pin() {
        if (!isValid() || !lock().pinSection(generation)) {
            throw closedException();
        }
    }

    @Override
    public Hold read() {
        lock().addUser();
        boolean held = false;
        try {
            pin();
            int lane = lock().sharedLane();
            try {
                lock().addCounted(lane);
            } finally {
                lock().releaseSection();
            }
            held = true;
            return new ReadHold(lock(), new ReadUnit(lock(), lane, 1));
        } finally {
            if (!held) {
                lock().releaseUser();
            }
        }
    }

    @Override
    public Hold downgrade() {
        pin(); // whoever closes this hold meanwhile: no writer gets in between
        Hold reading;
        try {
            ThreadHolds mine = counted;
            reading = mine != null && mine.thread() == Thread.currentThread() ? lock().readUnder(mine) : read();
        } finally {
            lock().releaseSection();
        }
        close();
        return reading;
    }

    @Override
    public boolean previousOwnerDied() {
        ensureValid();
        return lock().previousOwnerDied();
    }

    @Override
    public boolean readersDied() {
        return readersDied;
    }

    @Override
    public void markConsistent() {
        pin();
        try {
            lock().markMended();
        } finally {
            lock().releaseSection();
        }
    }
}
