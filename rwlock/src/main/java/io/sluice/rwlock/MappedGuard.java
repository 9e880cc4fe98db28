package io.sluice.rwlock;

import io.sluice.shm.channel.ChannelGuard;
import io.sluice.shm.memory.Fences;

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
        ThreadHolds owned = core.lendLane();
        // not by constructors, for whose calls a verifier loads both kinds: see Lane
        return owned == null ? SharedHolds.lane(core) : OwnedLane.lane(core, owned);
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

    /** A lane of the pool for one publication, beside what its thread holds of the lock otherwise. */
    private static final class OwnedLane extends Lane {
        private final MappedCore core;
        private final ThreadHolds holds;

        private OwnedLane(MappedCore core, ThreadHolds holds) {
            this.core = core;
            this.holds = holds;
        }

        static Lane lane(MappedCore core, ThreadHolds holds) {
            return new OwnedLane(core, holds);
        }

        @Override
        public boolean tryEnter() {
            long address = holds.laneAddress();
            return (address != 0 && holds.enter(address)) || tryEnterAnew();
        }

        private boolean tryEnterAnew() {
            if (holds.tryEnterOwn() || enterOwnSection()) {
                return true;
            }
            Outcome outcome = holds.enterOwn(Patience.none()); // looks for a dead writer
            if (outcome == Outcome.CLOSED) {
                throw core.closedException();
            }
            return outcome == Outcome.ACQUIRED;
        }

        /** Its thread writes: no gate. */
        private boolean enterOwnSection() {
            if (!core.pinSection(holds.thread())) {
                return false;
            }
            try {
                holds.setOwn();
            } finally {
                core.releaseSection();
            }
            return true;
        }

        @Override
        public void exit() {
            if (holds.laneAddress() == 0 || !holds.leave()) {
                holds.leaveOwn();
            }
        }

        @Override
        public void close() {
            core.giveBack(holds);
        }
    }

    /** Without a free lane: what the thread holds by the view, which counts, so that two publications do not interfere. */
    private static final class SharedHolds extends Lane {
        private final Fences fences;
        private final ThreadHolds holds;

        private SharedHolds(MappedCore core) {
            this.fences = core.fences();
            this.holds = core.holds();
        }

        static Lane lane(MappedCore core) {
            return new SharedHolds(core);
        }

        @Override
        public boolean tryEnter() {
            return holds.tryLockRead();
        }

        @Override
        public void exit() {
            holds.unlockRead();
            fences.light(); // if it held more than this
        }

        @Override
        public void close() {}
    }
}
