package io.sluice.rwlock;

import static io.sluice.rwlock.LockLayout.LANE_COUNTED;
import static io.sluice.rwlock.LockLayout.LANE_OWN;
import static io.sluice.rwlock.LockLayout.LANE_WAITING;
import static io.sluice.rwlock.LockLayout.SLOTS;
import static io.sluice.rwlock.LockLayout.SUSPECT;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Words;

/** A participant's place in the lock's tables: its slot, its shared lane, and the lanes that it leases from the pool. */
final class LaneTable {
    private final Words words;
    private final Surroundings surroundings;
    private final LockBells bells;
    private final long self;
    private final int slot;
    private final int lanes;

    LaneTable(Words words, Surroundings surroundings, LockBells bells, long self) {
        this.words = words;
        this.surroundings = surroundings;
        this.bells = bells;
        this.self = self;
        this.slot = Owner.slot(self);
        this.lanes = words.intPlain(LockLayout.LANES);
    }

    /** Step 2: before first use by this incarnation of the slot. */
    void attach() {
        words.longVolatile(LockLayout.slot(slot, LockLayout.USER), self);
        raise(LockLayout.SLOTS_HIGH, slot + 1);
        bells.wakeGate(); // sleepers look again, and watch the newcomer
        for (int other = 0; other < SLOTS; other++) {
            bells.ring(other);
        }
        int counted = LockLayout.lane(slot, LANE_COUNTED);
        long left = words.longVolatile(counted);
        if (LaneWord.owner(left) != self) {
            takeOver(counted);
        }
        words.longVolatile(LockLayout.lane(slot, LANE_WAITING), 0);
    }

    /** Step 3, when nothing of this process is held any more. */
    void detach() {
        words.longVolatile(LockLayout.slot(slot, LockLayout.USER), Owner.NOBODY);
    }

    /** Leases a lane of the pool for a thread; -1 if none is free. */
    int lease() {
        long living = self;
        for (int lane = SLOTS; lane < end(); lane++) {
            int word = LockLayout.lane(lane, LockLayout.LANE_OWNER);
            long owner = words.longVolatile(word);
            boolean free = owner == Owner.NOBODY;
            if (!free && owner != living) {
                free = !surroundings.isAlive(owner);
                living = free ? living : owner;
            }
            if (free && lease(lane, owner)) {
                return lane;
            }
        }
        return -1;
    }

    private boolean lease(int lane, long previous) {
        if (!words.longCas(LockLayout.lane(lane, LockLayout.LANE_OWNER), previous, self)) {
            return false;
        }
        raise(LockLayout.LANES_HIGH, lane - SLOTS + 1);
        takeOver(LockLayout.lane(lane, LANE_OWN));
        takeOver(LockLayout.lane(lane, LANE_COUNTED));
        words.longVolatile(LockLayout.lane(lane, LANE_WAITING), 0);
        return true;
    }

    /** A dead one's count is evidence: it is noted before it goes. */
    private void takeOver(int word) {
        long left = words.longVolatile(word);
        if (LaneWord.count(left) != 0) {
            words.intVolatile(SUSPECT, 1);
        }
        if (!words.longCas(word, left, LaneWord.idle(self))) {
            words.longVolatile(word, LaneWord.idle(self)); // a drainer cleared it at this moment
        }
        if (LaneWord.count(left) != 0) {
            bells.ringOwner(); // a writer may wait for that count
        }
    }

    /** Gives a lane back that nobody holds; false if its counted holds are still open. */
    boolean giveBack(int lane) {
        if (LaneWord.count(words.longVolatile(LockLayout.lane(lane, LANE_COUNTED))) != 0
                || LaneWord.count(words.longVolatile(LockLayout.lane(lane, LANE_OWN))) != 0) {
            return false;
        }
        words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER), Owner.NOBODY);
        return true;
    }

    /** Whoever uses the lock may be the one who has changed the condition, or used up the bit, and dies before the wake. */
    void watchUsers() {
        int slots = slotsHigh();
        for (int user = 0; user < slots; user++) {
            surroundings.watch(words.longVolatile(LockLayout.slot(user, LockLayout.USER)));
        }
    }

    /** Slot entries ever used. */
    int slotsHigh() {
        return Math.min(words.hotIntVolatile(LockLayout.SLOTS_HIGH), SLOTS);
    }

    /** One behind the last lane of the pool that was ever used. */
    int lanesHigh() {
        return SLOTS + Math.min(words.hotIntVolatile(LockLayout.LANES_HIGH), lanes);
    }

    /** The lane after {@code lane} that was ever used, or {@link #end}. */
    int after(int lane) {
        int next = lane + 1;
        if (next <= SLOTS && next >= slotsHigh()) {
            next = SLOTS;
        }
        return next >= lanesHigh() ? end() : next;
    }

    /** One behind the last lane. */
    int end() {
        return SLOTS + lanes;
    }

    private void raise(int word, int value) {
        int seen = words.intVolatile(word);
        while (seen < value && !words.intCas(word, seen, value)) {
            seen = words.intVolatile(word);
        }
    }
}
