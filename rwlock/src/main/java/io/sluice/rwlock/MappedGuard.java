package io.sluice.rwlock;

import io.sluice.shm.channel.ChannelGuard;

/** A lock in shared memory as the guard of a channel, which closes it. */
final class MappedGuard implements ChannelGuard {
    private final MappedReadWriteLock lock;
    private final MappedCore core;

    MappedGuard(MappedReadWriteLock lock) {
        this.lock = lock;
        this.core = lock.core();
    }

    @Override
    public String name() {
        return lock.name();
    }

    @Override
    public Lane lane() {
        return new OwnHolds(core.holds());
    }

    @Override
    public boolean tryExclusive(long nanos, Runnable recovery) {
        return core.tryMend(nanos, recovery);
    }

    @Override
    public boolean isSuspect() {
        return core.isMendingDue();
    }

    @Override
    public String describe() {
        return lock.describe();
    }

    @Override
    public void close() {
        lock.close();
    }

    @Override
    public String toString() {
        return "MappedGuard: lock=" + lock;
    }

    /** What the lane's thread holds by the view, which counts, so that two publications of a thread do not interfere. */
    private static final class OwnHolds implements Lane {
        private final ThreadHolds holds;

        OwnHolds(ThreadHolds holds) {
            this.holds = holds;
        }

        @Override
        public boolean tryEnter() {
            return holds.tryLockRead();
        }

        @Override
        public void exit() {
            holds.unlockRead();
        }
    }
}
