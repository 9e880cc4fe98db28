package io.sluice.rwlock;

import io.sluice.rwlock.LockEvents.LongHold;
import io.sluice.shm.domain.Bells;
import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.VirtualThreads;
import io.sluice.shm.domain.WordSleeper;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.os.Futex;
import io.sluice.shm.os.Natives;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** This process's part in a lock in shared memory: one for each participant and lock. */
final class MappedCore extends ThreadedLock {
    private static final System.Logger LOG = System.getLogger(MappedCore.class.getName());
    private static final int FIRST_SWEEP = 16;

    /** Reads in a row with a full fence, by one thread, that cost about as much as revoking the bias. */
    private static final int READS_BEFORE_BIAS = 1000;

    private final DomainCore domain;
    private final MappedFile file;
    private final Words words;
    private final Fences fences;
    private final long self;
    private final SharedLock shared;
    private final WriterMutex mutex = new WriterMutex();
    private final ConcurrentLinkedQueue<WordSleeper> gateSleepers = new ConcurrentLinkedQueue<>();
    private final WordSleeper bellSleeper;
    private final Runnable closer = this::close;
    private final Runnable alarm = this::alarm;
    private final Runnable whenEnded;
    /** Lanes that publications have to themselves. */
    private final Queue<MappedHolds> lent = new ConcurrentLinkedQueue<>();

    private volatile @Nullable Repair repair;
    private volatile int sweepAt = FIRST_SWEEP;

    /** Of the exclusive owner. */
    private boolean dirty;

    private boolean suspect;
    private long namedThread;
    private @Nullable LongHold longHold;

    /**
     * Takes over {@code file}, also if this fails. The domain may be closed, and the lock with it, before this returns: the
     * caller keeps the memory, and lets go of it by {@link #releaseUser}.
     */
    MappedCore(String name, DomainCore domain, MappedFile file, Runnable whenEnded) {
        super(name);
        this.domain = domain;
        this.file = file;
        this.whenEnded = whenEnded;
        this.words = file.words();
        this.fences = domain.fences();
        this.self = domain.participants().self();
        this.shared = new SharedLock(words, fences, new Kernel(), self);
        this.bellSleeper = sleeper(LockLayout.slot(Owner.slot(self), LockLayout.BELL));
        file.allowUnannouncedReads();
        addUser();
        boolean retained = false;
        try {
            domain.retain(closer);
            retained = true;
            shared.table().attach();
            domain.addAlarm(alarm);
        } finally {
            if (!retained) {
                file.release();
            }
        }
    }

    private WordSleeper sleeper(int offset) {
        return new WordSleeper(words, offset, Natives.available() ? file.address() : 0, alarm);
    }

    /** Wakes this process's sleepers; may be called when the lock is long gone. */
    private void alarm() {
        if (file.retain()) {
            try {
                shared.bells().alarm();
            } finally {
                file.release();
            }
        }
    }

    MappedFile file() {
        return file;
    }

    /** The first callback that is given stays. */
    void repairBy(@Nullable Repair given) {
        if (repair == null) {
            repair = given;
        }
    }

    // ------------------------------------------------------------ reading

    @Override
    ThreadHolds newHolds(Thread thread) {
        if (allHolds().size() >= sweepAt) {
            sweep();
        }
        int lane = VirtualThreads.isCurrent() ? sharedLane() : leaseLane(thread);
        return new MappedHolds(this, thread, lane, lane != sharedLane());
    }

    /** A lane of the pool, or, if there is none left, the shared one. */
    private synchronized int leaseLane(Thread thread) {
        int lane = shared.table().lease();
        if (lane < 0) {
            sweep();
            lane = shared.table().lease();
        }
        if (lane < 0) {
            return sharedLane();
        }
        writeName(LockLayout.lane(lane, LockLayout.LANE_NAME_LENGTH), LockLayout.LANE_NAME, lane, thread.getName());
        return lane;
    }

    /**
     * A lane for the calling thread, beside what it holds otherwise; keeps the lock until it is given back. Null if there is
     * none left.
     */
    @Nullable
    ThreadHolds lendLane() {
        if (!retainUser()) {
            throw closedException();
        }
        MappedHolds lentLane = null;
        try {
            Thread thread = Thread.currentThread();
            int lane = leaseLane(thread);
            if (lane != sharedLane()) {
                lentLane = new MappedHolds(this, thread, lane, true);
                lent.add(lentLane);
            }
        } finally {
            if (lentLane == null) {
                releaseUser();
            }
        }
        return lentLane;
    }

    /** Ends {@link #lendLane}, of which nothing is held. By any thread. */
    void giveBack(ThreadHolds lentLane) {
        lent.remove(lentLane);
        shared.table().giveBack(lentLane.lane());
        releaseUser();
    }

    @Override
    boolean readsOtherwise(Thread thread) {
        for (MappedHolds each : lent) {
            if (each.thread() == thread && shared.isOwnHeld(each.own)) {
                return true;
            }
        }
        return false;
    }

    private void writeName(int lengthAt, int nameField, int index, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] kept = Arrays.copyOf(bytes, Math.min(bytes.length, LockLayout.NAME_BYTES));
        words.intPlain(lengthAt, 0);
        words.putBytesPlain(nameField + index * LockLayout.LINE, kept);
        words.intRelease(lengthAt, kept.length);
    }

    /** Takes back the lanes of finished threads. */
    private synchronized void sweep() {
        for (ThreadHolds holds : allHolds()) {
            if (holds.isAbandoned()
                    && (holds.lane() == sharedLane() || shared.table().giveBack(holds.lane()))) {
                forget(holds);
            }
        }
        sweepAt = Math.max(FIRST_SWEEP, 2 * allHolds().size());
    }

    @Override
    int sharedLane() {
        return Owner.slot(self);
    }

    @Override
    Outcome enterCounted(int lane, Patience patience) {
        return enterRead(lane, true, patience);
    }

    /** Through the gate; where data is to be mended first, as a writer. */
    Outcome enterRead(int lane, boolean counted, Patience patience) {
        if (!VirtualThreads.isCurrent()) {
            return patience.end(enterReadMended(lane, counted, patience));
        }
        Outcome outcome = enterReadMended(lane, counted, Patience.none());
        return outcome != Outcome.TIMED_OUT || patience.isNone() ? outcome : delegate(LockMode.READ, patience);
    }

    private Outcome enterReadMended(int lane, boolean counted, Patience patience) {
        Outcome outcome = enterReadRecorded(lane, counted, patience);
        while (outcome == Outcome.INCONSISTENT && repair != null) {
            Outcome mended = enterExclusive(patience);
            if (mended != Outcome.ACQUIRED) {
                return mended;
            }
            leaveExclusive();
            outcome = enterReadRecorded(lane, counted, patience);
        }
        return outcome;
    }

    private Outcome enterReadRecorded(int lane, boolean counted, Patience patience) {
        LockEvents.Contended event = patience.isNone() ? null : LockEvents.contended();
        Outcome outcome = shared.enterRead(lane, counted, patience);
        if (event != null && patience.wasContended()) {
            LockEvents.commit(event, name(), LockMode.READ, outcome);
        }
        return outcome;
    }

    @Override
    void addCounted(int lane) {
        shared.addCounted(LockLayout.lane(lane, LockLayout.LANE_COUNTED));
    }

    @Override
    void leaveCounted(int lane) {
        shared.leaveCounted(LockLayout.lane(lane, LockLayout.LANE_COUNTED));
    }

    // ------------------------------------------------------------ writing

    @Override
    Outcome enterExclusive(Patience patience) {
        if (!VirtualThreads.isCurrent()) {
            return enterExclusiveHere(patience);
        }
        Outcome outcome = enterExclusiveHere(Patience.none());
        return outcome != Outcome.TIMED_OUT || patience.isNone() ? outcome : delegate(LockMode.WRITE, patience);
    }

    private Outcome enterExclusiveHere(Patience patience) {
        LockEvents.Contended event = patience.isNone() ? null : LockEvents.contended();
        Outcome outcome = mutex.acquire(patience);
        if (outcome != Outcome.ACQUIRED) {
            dropIdleBit();
        } else {
            boolean entered = false;
            try {
                nameWriter();
                outcome = shared.enterWrite(patience);
                entered = outcome == Outcome.ACQUIRED;
            } finally {
                if (!entered) {
                    releaseMutex();
                }
            }
        }
        if (event != null && patience.wasContended()) {
            LockEvents.commit(event, name(), LockMode.WRITE, outcome);
        }
        if (outcome == Outcome.ACQUIRED) {
            beginExclusive();
        }
        return outcome;
    }

    private void nameWriter() {
        Thread thread = Thread.currentThread();
        if (thread.getId() != namedThread) {
            namedThread = thread.getId();
            int slot = Owner.slot(self);
            int lane = knownLane(thread);
            if (lane == 0) {
                int length = LockLayout.slot(slot, LockLayout.WRITER_NAME_LENGTH);
                writeName(length, LockLayout.WRITER_NAME, slot, thread.getName());
            }
            words.intRelease(LockLayout.slot(slot, LockLayout.WRITER_LANE), lane);
        }
    }

    /** The lane that says the name of {@code thread}; 0 if there is none, or none that is found at once. */
    private int knownLane(Thread thread) {
        ThreadHolds known = recentHolds(thread);
        return known == null || known.lane() == sharedLane() ? 0 : known.lane();
    }

    private void beginExclusive() {
        dirty = shared.isDirty();
        suspect = shared.isSuspect();
        shared.beginSection();
        Repair callback = repair;
        if (callback != null && (dirty || suspect)) {
            mend(callback);
        }
        longHold = LockEvents.longHold();
    }

    private void mend(Repair callback) {
        boolean mended = false;
        try {
            callback.mend(new Repair.Deaths(dirty, suspect));
            mended = true;
        } finally {
            if (mended) {
                boolean died = dirty || suspect;
                dirty = false;
                suspect = false;
                if (died) {
                    LockEvents.recovery(name(), "data", "repaired");
                }
            } else {
                leaveWrite(false);
            }
        }
    }

    /**
     * Runs {@code mending} under the write lock, whether or not somebody died, and marks the data mended if it returns.
     * For a lock without a callback of its own.
     *
     * @return false, and nothing was run, if the lock was not to be had in {@code nanos}, or the calling thread reads
     */
    boolean tryMend(long nanos, Runnable mending) {
        if (!retainUser()) {
            throw closedException();
        }
        try {
            Patience patience = Patience.brief(nanos);
            if (holds().isInUse()
                    || readsOtherwise(Thread.currentThread())
                    || patience.end(enterExclusive(patience)) != Outcome.ACQUIRED) {
                return false;
            }
            mend(deaths -> mending.run());
            leaveExclusive();
            return true;
        } finally {
            releaseUser();
        }
    }

    /** Whether somebody died who held the lock, and the data has not been mended since. */
    boolean isMendingDue() {
        return shared.isSuspect() || shared.isInconsistent();
    }

    @Override
    void leaveExclusive() {
        LongHold event = longHold;
        if (event != null) {
            longHold = null;
            LockEvents.commit(event, name());
        }
        leaveWrite(!dirty);
    }

    private void leaveWrite(boolean clean) {
        shared.endSection(clean);
        mutex.open(); // the next of this process may begin to wait for the owner word already
        shared.handOver(); // a full fence
        mutex.wakeNext();
        dropIdleBit();
    }

    private void releaseMutex() {
        mutex.release();
        dropIdleBit();
    }

    /** The bit was left for a thread that waited for the mutex; if that has given up, nobody else would clear it. */
    private void dropIdleBit() {
        while (shared.hasBit() && !mutex.isWaitedFor() && mutex.tryAcquireAnyhow()) {
            try {
                if (!mutex.isWaitedFor()) {
                    shared.dropBit();
                }
            } finally {
                mutex.release();
            }
        }
    }

    @Override
    boolean previousOwnerDied() {
        return dirty;
    }

    @Override
    boolean readersDied() {
        return suspect;
    }

    @Override
    void markMended() {
        dirty = false;
    }

    @Override
    long token() {
        return shared.token();
    }

    // ------------------------------------------------------------ optimistic reading

    @Override
    public long tryOptimisticRead() {
        if (isClosed()) {
            throw closedException();
        }
        return shared.stamp();
    }

    @Override
    public boolean validate(long stamp) {
        return shared.validate(stamp);
    }

    /** Where the token is, for an optimistic read by address; 0 if it takes other ways. Zero once the lock has ended. */
    long tokenAddress() {
        return words.hotAddress(LockLayout.TOKEN);
    }

    // ------------------------------------------------------------ looking

    @Override
    public List<LockParty> parties() {
        return looking(new LockDecoder(words, domain.participants())::parties);
    }

    @Override
    public String describe() {
        return looking(() -> new LockDecoder(words, domain.participants()).describe(name(), file.path()));
    }

    private <T> T looking(java.util.function.Supplier<T> look) {
        if (!retainUser()) {
            throw closedException();
        }
        try {
            return look.get();
        } finally {
            releaseUser();
        }
    }

    // ------------------------------------------------------------ closing

    /** The domain's. */
    Fences fences() {
        return fences;
    }

    @Override
    boolean hasLightFence() {
        return fences.kind() == Fences.Kind.LIGHT;
    }

    @Override
    void heavyFence() {
        fences.heavy();
    }

    @Override
    void wakeAll() {
        mutex.close();
        alarm();
    }

    @Override
    void end() {
        domain.removeAlarm(alarm);
        for (ThreadHolds holds : allHolds()) {
            if (holds.lane() != sharedLane()) {
                shared.table().giveBack(holds.lane());
            }
        }
        shared.table().detach();
        whenEnded.run();
        file.release();
        domain.release(closer);
    }

    /** A thread with a lane, or, out of lanes and for virtual threads, without. */
    private static final class MappedHolds extends ThreadHolds {
        private final MappedCore core;
        private final SharedLock shared;
        private final boolean hasLane;
        private final int own;
        private int unbiasedReads;
        private long unbiasedSince;

        MappedHolds(MappedCore core, Thread thread, int lane, boolean hasLane) {
            super(core, thread, lane, hasLane ? core.shared.place(lane) : Place.NOWHERE);
            this.core = core;
            this.shared = core.shared;
            this.hasLane = hasLane;
            this.own = LockLayout.lane(lane, LockLayout.LANE_OWN);
        }

        @Override
        boolean tryEnterOwn() {
            if (!hasLane) {
                return false;
            }
            int answer = shared.tryOwn(own);
            if (answer == SharedLock.HELD) {
                return true;
            }
            return answer == SharedLock.HELD_BY_FENCE && countUnbiased();
        }

        /** Bias pays again after as many reads without a writer as the fence that will take it away costs. */
        private boolean countUnbiased() {
            long token = shared.token();
            if (token != unbiasedSince) {
                unbiasedSince = token;
                unbiasedReads = 0;
            }
            unbiasedReads++;
            if (unbiasedReads >= READS_BEFORE_BIAS) {
                unbiasedReads = 0;
                shared.rebias();
            }
            return true;
        }

        @Override
        Outcome enterOwn(Patience patience) {
            return core.enterRead(lane(), !hasLane, patience);
        }

        @Override
        void setOwn() {
            if (hasLane) {
                shared.setOwn(own);
            } else {
                core.addCounted(lane());
            }
        }

        @Override
        void leaveOwn() {
            if (hasLane) {
                shared.leaveOwn(own);
            } else {
                core.leaveCounted(lane());
            }
        }
    }

    /** The kernel's side of the shared procedures. */
    private final class Kernel implements Surroundings {
        @Override
        public boolean isAlive(long owner) {
            return domain.participants().isAlive(owner);
        }

        @Override
        public boolean watch(long owner) {
            try {
                return domain.deathWatch().watch(owner);
            } catch (RuntimeException | OutOfMemoryError e) { // no thread to be had: the bound of the wait will do
                LOG.log(System.Logger.Level.WARNING, "cannot watch: " + Owner.toString(owner), e);
                return isAlive(owner);
            }
        }

        @Override
        public void sleep(int offset, int expected, long nanos) {
            if (offset != LockLayout.GATE) {
                bellSleeper.await(expected, nanos);
                return;
            }
            WordSleeper sleeper = gateSleepers.poll();
            if (sleeper == null) {
                sleeper = sleeper(LockLayout.GATE);
            }
            try {
                sleeper.await(expected, nanos);
            } finally {
                gateSleepers.offer(sleeper);
            }
        }

        @Override
        public void wake(int offset) {
            if (Natives.available()) {
                Futex.wake(file.address() + offset);
            }
        }

        @Override
        public boolean tryRepresent() {
            return mutex.tryAcquire();
        }

        @Override
        public void stopRepresenting() {
            releaseMutex();
        }

        @Override
        public boolean isWriterQueued() {
            return mutex.isWaitedFor();
        }

        @Override
        public boolean isClosed() {
            return MappedCore.this.isClosed();
        }

        @Override
        public long spinNanos() {
            return Bells.SPIN_NANOS;
        }

        @Override
        public void recovered(String what, long owner) {
            LockEvents.recovery(name(), what, Owner.toString(owner));
        }
    }
}
