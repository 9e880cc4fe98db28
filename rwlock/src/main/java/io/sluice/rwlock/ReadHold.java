package io.sluice.rwlock;

/** A hold for reading. */
final class ReadHold extends LockHold {
    private final ReadUnit unit;

    /** {@code unit}: already counted for this hold. */
    ReadHold(ThreadedLock lock, ReadUnit unit) {
        super(lock);
        this.unit = unit;
    }

    @Override
    public LockMode mode() {
        return LockMode.READ;
    }

    @Override
    void leave() {
        unit.release();
    }

    @Override
    public Hold read() {
        if (!isValid() || !unit.retain()) {
            throw closedException();
        }
        try {
            return unit.another();
        } finally {
            unit.release();
        }
    }

    @Override
    public Hold downgrade() {
        throw notWriting();
    }

    @Override
    public boolean previousOwnerDied() {
        return false;
    }

    @Override
    public boolean readersDied() {
        return false;
    }

    @Override
    public void markConsistent() {
        throw notWriting();
    }

    private IllegalStateException notWriting() {
        return new IllegalStateException("not a write hold: lock=" + lock().name() + ", mode=" + mode());
    }
}
