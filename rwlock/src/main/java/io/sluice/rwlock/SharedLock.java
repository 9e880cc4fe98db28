package io.sluice.rwlock;

import static io.sluice.rwlock.LockLayout.ADMIT;
import static io.sluice.rwlock.LockLayout.LANE_COUNTED;
import static io.sluice.rwlock.LockLayout.LANE_OWN;
import static io.sluice.rwlock.LockLayout.LANE_WAITING;
import static io.sluice.rwlock.LockLayout.OWNER;
import static io.sluice.rwlock.LockLayout.PARTICIPANTS;
import static io.sluice.rwlock.LockLayout.REVOKED;
import static io.sluice.rwlock.LockLayout.SLOW;
import static io.sluice.rwlock.LockLayout.SUSPECT;
import static io.sluice.rwlock.LockLayout.TOKEN;
import static io.sluice.rwlock.LockLayout.WANT;
import static io.sluice.rwlock.LockLayout.WRITERS;

import io.sluice.shm.domain.Bells;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;
import java.lang.invoke.VarHandle;

/**
 * The lock's procedures on the shared words, as one participant runs them. The numbers are the steps of PROTOCOL.md,
 * which wins over this code. Readers' procedures may run in many threads at once; the writer's in one, the process's
 * representative.
 */
final class SharedLock {
    /** Sleep of a reader that sees the dead at the gate and cannot rescue yet: nobody will wake it for that. */
    private static final long SHORT_BOUND_NANOS = 2_000_000;

    private static final int NONE = 0;
    private static final int SOME = 1;
    private static final int ALL = 2;

    /** Answers of {@link #tryOwn}. */
    static final int REFUSED = 0;

    static final int HELD = 1;

    static final int HELD_BY_FENCE = 2;

    private final Words words;
    private final boolean asymmetric;
    private final Fences fences;
    private final Surroundings surroundings;
    private final long self;
    private final int slot;
    private final long bit;
    private final long idle;
    private final int readersAfter;
    private final LockBells bells;
    private final LaneTable table;
    private final LaneDrain drain;

    SharedLock(Words words, Fences fences, Surroundings surroundings, long self) {
        this.words = words;
        this.fences = fences;
        this.asymmetric = fences.kind() == Fences.Kind.LIGHT;
        this.surroundings = surroundings;
        this.self = self;
        this.slot = Owner.slot(self);
        this.bit = 1L << slot;
        this.idle = LaneWord.idle(self);
        this.readersAfter = words.intPlain(LockLayout.READERS_AFTER);
        this.bells = new LockBells(words, surroundings, slot);
        this.table = new LaneTable(words, surroundings, bells, self);
        this.drain = new LaneDrain(words, surroundings, table, bells, slot);
    }

    /** This participant's place in the tables. */
    LaneTable table() {
        return table;
    }

    LockBells bells() {
        return bells;
    }

    // ---------------------------------------------------------------- reading

    /** Where a thread finds its own lane by address. */
    OwnLane.Place place(int lane) {
        long address = words.hotAddress(LockLayout.lane(lane, LANE_OWN));
        return asymmetric && address != 0
                ? new OwnLane.Place(address, words.hotAddress(WRITERS), idle)
                : OwnLane.Place.NOWHERE;
    }

    /** Steps 4 to 8 once, on a thread's own lane: {@link #REFUSED} with nothing held, else how it was paid for. */
    int tryOwn(int own) {
        Words local = words; // or it is loaded again after each fence
        local.hotPlain(own, idle + LaneWord.ONE); // 4
        orderLane();
        return local.hotAcquire(WRITERS) == 0 ? HELD : tryOwnByFence(own); // 5
    }

    private int tryOwnByFence(int own) {
        VarHandle.fullFence(); // 6
        if (isOpen()) { // 7
            return HELD_BY_FENCE;
        }
        backOut(own, false);
        return REFUSED;
    }

    /** Orders the store of a lane before the load of the writers; the writer pays for it. */
    private void orderLane() {
        if (asymmetric) {
            VarHandle.releaseFence();
        } else {
            VarHandle.fullFence();
        }
    }

    /** Whether readers may hold, asked after a full fence that follows the store of the lane. */
    private boolean isOpen() {
        long writers = words.hotVolatile(WRITERS);
        return (writers & PARTICIPANTS) == 0 && (writers == 0 || !isTorn());
    }

    /** Whether a section is open; asked when there is no writer: whether one died in it. */
    private boolean isTorn() {
        return (words.hotVolatile(TOKEN) & 1) != 0;
    }

    /** Step 8; false. */
    private boolean backOut(int lane, boolean counted) {
        end(lane, counted);
        VarHandle.fullFence();
        bells.ringOwner();
        return false;
    }

    /** Steps 13 and 14 on a thread's own lane. */
    void leaveOwn(int own) {
        Words local = words;
        local.hotRelease(own, idle); // 13
        orderLane();
        if (local.hotAcquire(WRITERS) != 0) { // 14
            VarHandle.fullFence();
            ringOwnerOfWriters();
        }
    }

    private void ringOwnerOfWriters() {
        if ((words.hotVolatile(WRITERS) & PARTICIPANTS) != 0) {
            bells.ringOwner();
        }
    }

    boolean isOwnHeld(int own) {
        return LaneWord.count(words.longAcquire(own)) != 0;
    }

    /** Holds own lane without asking at the gate: the process has the write lock. */
    void setOwn(int own) {
        words.longVolatile(own, idle + LaneWord.ONE); // 31
    }

    /** One more hold on a counted lane, without asking at the gate: its thread holds its own lane, or writes. */
    void addCounted(int counted) {
        long word;
        do {
            word = words.longAcquire(counted);
            requireCountable(word);
        } while (!words.longCas(counted, word, countedWord(word) + LaneWord.ONE));
    }

    /** A lane that nobody holds may be zero: a drained one, or one that was never used. */
    private long countedWord(long word) {
        return LaneWord.count(word) == 0 ? idle : word;
    }

    private static void requireCountable(long word) {
        if (LaneWord.count(word) >= LaneWord.MAX_COUNT) {
            throw new IllegalStateException("too many read holds in one lane: holds=" + LaneWord.count(word));
        }
    }

    /** Steps 13 and 14 on a counted lane. */
    void leaveCounted(int counted) {
        end(counted, true); // 13; a full fence
        ringOwnerOfWriters(); // 14
    }

    private void begin(int lane, boolean counted) {
        if (counted) {
            addCounted(lane);
        } else {
            words.longVolatile(lane, idle + LaneWord.ONE);
        }
    }

    private void end(int lane, boolean counted) {
        if (!counted) {
            words.longRelease(lane, idle);
            return;
        }
        long word;
        do {
            word = words.longAcquire(lane);
        } while (!words.longCas(lane, word, word - LaneWord.ONE));
    }

    /**
     * Steps 4 to 12, with full fences.
     *
     * @param lane index of the lane
     * @param counted on its counted word; else on its own word
     */
    Outcome enterRead(int lane, boolean counted, Patience patience) {
        int word = LockLayout.lane(lane, counted ? LANE_COUNTED : LANE_OWN);
        if (isOpen() && tryEnterRead(word, counted)) {
            return Outcome.ACQUIRED;
        }
        if (patience.isNone()) {
            return waitAtGate(word, counted, 0, patience);
        }
        int waiting = LockLayout.lane(lane, LANE_WAITING);
        try {
            return waitAtGate(word, counted, waiting, patience);
        } finally {
            words.longCas(waiting, patience.start(), 0); // of a shared lane: unless it is another's
            if (words.hotIntVolatile(ADMIT) != 0) {
                bells.ringOwner(); // it waits for us to have passed
            }
        }
    }

    /** Whether a writer died in its section, and nobody is about to mend the data. */
    boolean isInconsistent() {
        long token = words.hotVolatile(TOKEN);
        return (token & 1) != 0
                && (words.hotVolatile(WRITERS) & PARTICIPANTS) == 0
                && words.hotVolatile(TOKEN) == token; // else it was a section that began or ended meanwhile
    }

    private boolean isAdmitted() {
        return words.hotIntVolatile(ADMIT) == 1 && !isTorn();
    }

    private boolean tryEnterRead(int word, boolean counted) {
        begin(word, counted); // 4, a full fence
        if (isOpen() || isAdmitted()) { // 7
            return true;
        }
        return backOut(word, counted); // 8
    }

    private Outcome waitAtGate(int word, boolean counted, int waiting, Patience patience) {
        LockBells.Pause pause = bells.atGate(patience);
        try {
            return waitAtGate(word, counted, waiting, pause, patience);
        } finally {
            pause.end();
        }
    }

    private Outcome waitAtGate(int word, boolean counted, int waiting, LockBells.Pause pause, Patience patience) {
        while (true) {
            if (waiting != 0 && words.longVolatile(waiting) == 0) {
                words.longCas(waiting, 0, patience.start()); // again: another of a shared lane may have left
            }
            boolean maySleep = pause.arm(); // 9
            if (surroundings.isClosed()) {
                return Outcome.CLOSED;
            }
            if (isOpen() || isAdmitted()) { // 10
                if (tryEnterRead(word, counted)) {
                    return Outcome.ACQUIRED;
                }
            }
            if (isInconsistent()) {
                return Outcome.INCONSISTENT;
            }
            int dead = maySleep ? deadWriters() : NONE;
            if (dead == ALL && rescue()) { // 11
                continue;
            }
            Outcome verdict = patience.verdict();
            if (verdict != null) { // 12
                return verdict;
            }
            if (maySleep) {
                pause.sleep(Math.min(dead == NONE ? Bells.WAIT_BOUND_NANOS : SHORT_BOUND_NANOS, patience.left()));
            }
        }
    }

    /**
     * How many of those who keep the gate closed have died: none, some, all. Watches who may yet close it, and that first:
     * of one that was dead by then the bit is seen.
     */
    private int deadWriters() {
        table.watchUsers();
        long writers = words.hotVolatile(WRITERS) & PARTICIPANTS;
        int dead = 0;
        for (long left = writers; left != 0; left &= left - 1) {
            if (!surroundings.watch(words.longVolatile(LockLayout.slot(Long.numberOfTrailingZeros(left), WANT)))) {
                dead++;
            }
        }
        return dead == 0 ? NONE : dead == Long.bitCount(writers) ? ALL : SOME;
    }

    /** Steps 11, 40 and 45: opens a gate that only the dead keep closed; false if somebody else is at it. */
    private boolean rescue() {
        if (!surroundings.tryRepresent()) {
            return false;
        }
        try {
            if (!takeOwner()) {
                return false;
            }
            try {
                clearDeadBits();
            } finally {
                handOver();
            }
            return true;
        } finally {
            surroundings.stopRepresenting();
        }
    }

    /** Step 15, by a reader that holds and has seen many reads without bias. */
    void rebias() {
        if (asymmetric) {
            words.intVolatile(REVOKED, 0);
            words.hotCas(WRITERS, SLOW, 0);
        }
    }

    // ---------------------------------------------------------------- writing

    /** Steps 16 to 28. Whatever is thrown, nothing stays claimed. */
    Outcome enterWrite(Patience patience) {
        if (patience.isNone() && isBusy()) {
            return Outcome.TIMED_OUT; // without closing the gate for a moment
        }
        Outcome owned = null;
        Outcome entered = null;
        try {
            if (words.hotAcquire(LockLayout.slot(slot, WANT)) != self) { // else the line stays with who reads it
                words.hotPlain(LockLayout.slot(slot, WANT), self); // 16
            }
            setWriters(bit); // 16, 17
            owned = takeFreeOwner() ? Outcome.ACQUIRED : waitForOwner(patience); // 18, 20
            if (owned == Outcome.ACQUIRED) {
                entered = prepareAndDrain(patience);
            }
        } finally {
            if (owned != Outcome.ACQUIRED) {
                withdraw();
            } else if (entered != Outcome.ACQUIRED) {
                leaveWriters(); // 33
                handOver();
            }
        }
        return entered == null ? owned : entered;
    }

    private Outcome prepareAndDrain(Patience patience) {
        long writers = words.hotVolatile(WRITERS);
        if ((writers & bit) == 0) { // 23
            setWriters(bit);
            writers = words.hotVolatile(WRITERS); // 24 judges what was there while the bit was set
        }
        if ((writers & SLOW) == 0 || words.hotIntVolatile(REVOKED) == 0) { // 24
            revokeBias();
        }
        if (words.hotIntVolatile(ADMIT) != 0) { // a predecessor died while it let readers in
            words.intVolatile(ADMIT, 0);
        }
        if ((writers & PARTICIPANTS & ~bit) != 0) {
            clearDeadBits();
        }
        if (readersAfter != 0 && !patience.isNone()) {
            drain.admitReaders(readersAfter, patience);
        }
        return drain.await(patience);
    }

    /** Step 29: whether a writer died in its section and nobody has mended the data. */
    boolean isDirty() {
        return isTorn();
    }

    /** Whether readers died holding since the last clean section. */
    boolean isSuspect() {
        return words.hotIntVolatile(SUSPECT) != 0;
    }

    /** Step 30: the token rises, and is odd while the section is open. */
    void beginSection() {
        words.hotRelease(TOKEN, (words.hotAcquire(TOKEN) & ~1) + 3);
        VarHandle.releaseFence(); // before the data
    }

    /** Step 32. A section that was not {@code clean} leaves the data marked. {@link #handOver} must follow. */
    void endSection(boolean clean) {
        if (clean) {
            if (words.hotIntVolatile(SUSPECT) != 0) {
                words.intPlain(SUSPECT, 0);
            }
            words.hotRelease(TOKEN, words.hotAcquire(TOKEN) & ~1); // after the data
        }
        leaveWriters();
    }

    /** Takes the own bit away, unless another thread of this process waits to write: the gate stays closed for it. */
    private void leaveWriters() {
        if (!surroundings.isWriterQueued()) {
            keepWriters(~bit);
        }
    }

    /** Whether the own bit was left for a thread that has meanwhile given up, or will come. */
    boolean hasBit() {
        return (words.hotVolatile(WRITERS) & bit) != 0;
    }

    /** Takes away a bit that was left for a thread that gave up. By the representative. */
    void dropBit() {
        if ((keepWriters(~bit) & PARTICIPANTS & ~bit) == 0) {
            bells.wakeGate();
        }
    }

    /** Whether somebody who lives owns the lock or holds it for reading. */
    private boolean isBusy() {
        long owner = words.hotVolatile(OWNER);
        return (owner != Owner.NOBODY && surroundings.isAlive(owner)) || drain.isHeldByLiving();
    }

    /** Full fence, and so is {@link #keepWriters}. */
    private void setWriters(long bits) {
        long seen;
        do {
            seen = words.hotVolatile(WRITERS);
        } while (!words.hotCas(WRITERS, seen, seen | bits));
    }

    /** Returns what was there before. */
    private long keepWriters(long bits) {
        long seen;
        do {
            seen = words.hotVolatile(WRITERS);
        } while (!words.hotCas(WRITERS, seen, seen & bits));
        return seen;
    }

    private boolean takeFreeOwner() {
        return words.hotVolatile(OWNER) == Owner.NOBODY && words.hotCas(OWNER, Owner.NOBODY, self);
    }

    /** Steps 18 and 20, with the question whether the owner lives. */
    private boolean takeOwner() {
        long owner = words.hotVolatile(OWNER);
        if (owner == Owner.NOBODY) {
            return words.hotCas(OWNER, owner, self);
        }
        table.watchUsers();
        owner = words.hotVolatile(OWNER); // after that: one that was dead by then is seen
        if (owner == Owner.NOBODY) {
            return words.hotCas(OWNER, owner, self);
        }
        if (surroundings.watch(owner) || !words.hotCas(OWNER, owner, self)) {
            return false;
        }
        surroundings.recovered("owner", owner);
        return true;
    }

    private Outcome waitForOwner(Patience patience) {
        int waiting = LockLayout.slot(slot, LockLayout.WRITER_WAITING);
        boolean noted = false;
        LockBells.Pause pause = bells.atBell(patience);
        try {
            while (true) {
                boolean maySleep = pause.arm(); // 19
                if (maySleep && !noted) {
                    noted = true;
                    words.longVolatile(waiting, patience.start());
                    noteBlocking();
                }
                if ((words.hotVolatile(WRITERS) & bit) == 0) {
                    setWriters(bit);
                }
                if (takeFreeOwner() || (maySleep && takeOwner())) { // 18, 20
                    return Outcome.ACQUIRED;
                }
                if (surroundings.isClosed()) {
                    return Outcome.CLOSED;
                }
                Outcome verdict = patience.verdict(); // 21
                if (verdict != null) {
                    return verdict;
                }
                if (maySleep) {
                    pause.sleep(Math.min(Bells.WAIT_BOUND_NANOS, patience.left())); // 22
                }
            }
        } finally {
            pause.end();
            if (noted) {
                words.longVolatile(waiting, 0);
            }
        }
    }

    /** For people: since when somebody waits for the present section. */
    private void noteBlocking() {
        long token = words.hotVolatile(TOKEN);
        if (words.longVolatile(LockLayout.BLOCKING_TOKEN) != token) {
            words.longVolatile(LockLayout.OWNER_BLOCKING, System.nanoTime());
            words.longVolatile(LockLayout.BLOCKING_TOKEN, token);
        }
    }

    private void revokeBias() {
        words.intVolatile(REVOKED, 0);
        setWriters(SLOW);
        fences.heavy();
        words.intVolatile(REVOKED, 1);
    }

    /** Steps 36 and 37. */
    private void withdraw() {
        leaveWriters(); // 36
        if ((words.hotVolatile(WRITERS) & PARTICIPANTS) == 0) {
            bells.wakeGate();
        }
        if (words.hotVolatile(OWNER) == Owner.NOBODY
                && (words.hotVolatile(WRITERS) & PARTICIPANTS) != 0
                && words.hotCas(OWNER, Owner.NOBODY, self)) { // 37: a ring that was meant for all may have met only us
            handOver();
        }
    }

    /** Steps 40 and 41; only while the owner. The own slot may carry the bit of a dead predecessor. */
    private void clearDeadBits() {
        long writers = words.hotVolatile(WRITERS) & PARTICIPANTS;
        for (long left = writers; left != 0; left &= left - 1) {
            int other = Long.numberOfTrailingZeros(left);
            long want = words.longVolatile(LockLayout.slot(other, WANT));
            if (want != self && !surroundings.watch(want)) {
                long remaining = keepWriters(~(1L << other)) & PARTICIPANTS & ~(1L << other);
                bells.ring(other);
                if (remaining == 0) {
                    bells.wakeGate();
                }
                surroundings.recovered("writer", want);
            }
        }
    }

    /** Step 45. */
    void handOver() {
        words.hotVolatile(OWNER, Owner.NOBODY);
        long writers = words.hotVolatile(WRITERS) & PARTICIPANTS;
        if (writers == 0) {
            bells.wakeGate();
        }
        for (long left = writers; left != 0; left &= left - 1) {
            bells.ring(Long.numberOfTrailingZeros(left));
        }
    }

    // ---------------------------------------------------------------- optimistic reading

    /** The token, if no section is open; else 0. */
    long stamp() {
        long token = words.hotAcquire(TOKEN);
        return (token & 1) == 0 ? token : 0;
    }

    boolean validate(long stamp) {
        VarHandle.acquireFence();
        return words.hotAcquire(TOKEN) == stamp && stamp != 0;
    }

    long token() {
        return words.hotAcquire(TOKEN) >>> 1;
    }
}
