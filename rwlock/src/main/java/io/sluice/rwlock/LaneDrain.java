package io.sluice.rwlock;

import static io.sluice.rwlock.LockLayout.ADMIT;
import static io.sluice.rwlock.LockLayout.LANE_BLOCKING;
import static io.sluice.rwlock.LockLayout.LANE_COUNTED;
import static io.sluice.rwlock.LockLayout.LANE_OWN;
import static io.sluice.rwlock.LockLayout.LANE_WAITING;
import static io.sluice.rwlock.LockLayout.PASSED;
import static io.sluice.rwlock.LockLayout.SLOTS;
import static io.sluice.rwlock.LockLayout.SUSPECT;
import static io.sluice.rwlock.LockLayout.TOKEN;

import io.sluice.shm.domain.Bells;
import io.sluice.shm.memory.Words;

/** How the owner deals with readers, the gate being closed: it may let those who wait in once, and waits for those who hold. */
final class LaneDrain {
    /** How long a writer leaves waiting readers the time to get in, if it must let them in once. */
    static final long ADMISSION_NANOS = 10_000_000;

    private final Words words;
    private final Surroundings surroundings;
    private final LaneTable table;
    private final LockBells bells;
    private final int slot;

    LaneDrain(Words words, Surroundings surroundings, LaneTable table, LockBells bells, int slot) {
        this.words = words;
        this.surroundings = surroundings;
        this.table = table;
        this.bells = bells;
        this.slot = slot;
    }

    /** Whether somebody who lives holds for reading. */
    boolean isHeldByLiving() {
        for (int lane = 0; lane < table.end(); lane = table.after(lane)) {
            long own = words.longVolatile(LockLayout.lane(lane, LANE_OWN));
            long counted = words.longVolatile(LockLayout.lane(lane, LANE_COUNTED));
            if ((LaneWord.count(own) != 0 && surroundings.isAlive(LaneWord.owner(own)))
                    || (LaneWord.count(counted) != 0 && surroundings.isAlive(LaneWord.owner(counted)))) {
                return true;
            }
        }
        return false;
    }

    /** Steps 27 and 28: waits until no lane is held. */
    Outcome await(Patience patience) {
        int slots = table.slotsHigh();
        int high = table.lanesHigh();
        return isDrained(0, slots) && isDrained(SLOTS, high) ? Outcome.ACQUIRED : drainHeld(slots, high, patience);
    }

    private boolean isDrained(int from, int to) {
        for (int lane = from; lane < to; lane++) {
            if (isLaneHeld(lane)) {
                return false;
            }
        }
        return true;
    }

    /** Its own word first: a hold moves from there to the counted word, never back. */
    private boolean isLaneHeld(int lane) {
        long own = words.hotVolatile(LockLayout.lane(lane, LANE_OWN));
        long counted = words.hotVolatile(LockLayout.lane(lane, LANE_COUNTED));
        return LaneWord.count(own | counted) != 0;
    }

    private Outcome drainHeld(int slots, int high, Patience patience) {
        int waiting = LockLayout.slot(slot, LockLayout.WRITER_WAITING);
        words.longVolatile(waiting, patience.start());
        LockBells.Pause pause = bells.atBell(patience);
        try {
            Outcome outcome = drainLanes(0, slots, pause, patience);
            return outcome == Outcome.ACQUIRED ? drainLanes(SLOTS, high, pause, patience) : outcome;
        } finally {
            pause.end();
            words.longVolatile(waiting, 0);
        }
    }

    private Outcome drainLanes(int from, int to, LockBells.Pause pause, Patience patience) {
        Outcome outcome = Outcome.ACQUIRED;
        for (int lane = from; lane < to && outcome == Outcome.ACQUIRED; lane++) {
            if (isLaneHeld(lane)) {
                outcome = drainLane(lane, pause, patience);
            }
        }
        return outcome;
    }

    private Outcome drainLane(int lane, LockBells.Pause pause, Patience patience) {
        int blocking = LockLayout.lane(lane, LANE_BLOCKING);
        words.longVolatile(blocking, System.nanoTime());
        try {
            Outcome outcome = drainWord(LockLayout.lane(lane, LANE_OWN), pause, patience);
            return outcome == Outcome.ACQUIRED
                    ? drainWord(LockLayout.lane(lane, LANE_COUNTED), pause, patience)
                    : outcome;
        } finally {
            words.longVolatile(blocking, 0);
        }
    }

    private Outcome drainWord(int word, LockBells.Pause pause, Patience patience) {
        while (true) {
            boolean maySleep = pause.arm(); // 28
            long held = words.longVolatile(word);
            if (LaneWord.count(held) == 0) {
                return Outcome.ACQUIRED;
            }
            if (maySleep) {
                long holder = LaneWord.owner(held);
                table.watchUsers();
                if (!surroundings.watch(holder)) {
                    clearLane(word, held); // 27
                    continue;
                }
            }
            if (surroundings.isClosed()) {
                return Outcome.CLOSED;
            }
            Outcome verdict = patience.verdict();
            if (verdict != null) {
                return verdict;
            }
            if (maySleep) {
                pause.sleep(Math.min(Bells.WAIT_BOUND_NANOS, patience.left()));
            }
        }
    }

    /** Step 27: the evidence before the lane. */
    private void clearLane(int word, long held) {
        words.intVolatile(SUSPECT, 1);
        if (words.longCas(word, held, 0)) {
            surroundings.recovered("reader", LaneWord.owner(held));
        }
    }

    /** Every so many writers that readers waited for: opens the gate for those who wait now, before the scan. */
    void admitReaders(int readersAfter, Patience patience) {
        if ((words.hotVolatile(TOKEN) & 1) != 0 || !areReadersWaiting(0)) { // torn, or nobody
            words.intPlain(PASSED, 0);
            return;
        }
        int passed = words.intPlain(PASSED) + 1;
        words.intPlain(PASSED, passed);
        if (passed <= readersAfter) {
            return;
        }
        words.intPlain(PASSED, 0);
        long since = System.nanoTime();
        words.intVolatile(ADMIT, 1);
        bells.wakeGate();
        long time = Math.min(ADMISSION_NANOS, patience.left());
        LockBells.Pause pause = bells.atBell(patience);
        while (true) {
            boolean maySleep = pause.arm();
            long left = time - (System.nanoTime() - since);
            if (!areReadersWaiting(since) || left <= 0) {
                break;
            }
            if (maySleep) {
                pause.sleep(left);
            }
        }
        words.intVolatile(ADMIT, 0); // a full fence, before the scan
    }

    /** Whether a reader waits, and, if {@code before} is not zero, has waited since then. */
    private boolean areReadersWaiting(long before) {
        for (int lane = 0; lane < table.end(); lane = table.after(lane)) {
            long since = words.longVolatile(LockLayout.lane(lane, LANE_WAITING));
            if (since != 0 && (before == 0 || since - before < 0)) {
                long owner = lane < SLOTS
                        ? words.longVolatile(LockLayout.slot(lane, LockLayout.USER))
                        : words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER));
                if (surroundings.watch(owner)) {
                    return true;
                }
            }
        }
        return false;
    }
}
