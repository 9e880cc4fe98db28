package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.domain.Owner;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A participant of an exploration: the shared procedures as its threads would call them, and its surroundings. It may be
 * stopped, or killed, before its k-th access.
 */
final class CrashExplorerProcess implements Surroundings {
    /** What becomes of a participant at its point. */
    enum Fate {
        /** Dead, and everybody knows at once. */
        KILLED,
        /** Dead, which the others learn when nobody can go on without knowing. */
        KILLED_QUIETLY,
        /** Goes on when nobody else can go on without it. */
        STOPPED
    }

    private final CrashExplorerWorld world;
    private final CrashExplorerSchedule schedule;
    private final String name;
    private final long self;
    private final SharedLock lock;
    private final Set<Long> watched = new HashSet<>();
    private final Set<Long> told = new HashSet<>();
    private final List<Integer> lanes = new ArrayList<>();
    private boolean isRepresented;
    private int queued;
    private boolean isStopped;
    private boolean isDead;
    private boolean dirty;
    private int points;
    private int fatePoint = -1;
    private Fate fate = Fate.STOPPED;
    private Runnable whenDead = () -> {};

    CrashExplorerProcess(CrashExplorerWorld world, String name, long self) {
        this.world = world;
        this.schedule = world.schedule();
        this.name = name;
        this.self = self;
        this.lock = new SharedLock(new ExploringWords(world, this), world.fences(), this, self);
    }

    long self() {
        return self;
    }

    SharedLock lock() {
        return lock;
    }

    // ------------------------------------------------------------ fate

    /** What is to happen before the access number {@code point} from now on; a negative point never comes. */
    void meet(Fate fate, int point) {
        this.fate = fate;
        this.fatePoint = point;
        this.points = 0;
    }

    void whenDead(Runnable action) {
        whenDead = action;
    }

    void countPoint() {
        if (points++ != fatePoint) {
            return;
        }
        schedule.trace("fate " + fate, 0, name);
        if (fate == Fate.KILLED) {
            die();
        } else {
            isStopped = true;
        }
    }

    int points() {
        return points;
    }

    boolean isStopped() {
        return isStopped;
    }

    boolean isDead() {
        return isDead;
    }

    /** Whether its point has come. */
    boolean hasMetFate() {
        return fatePoint >= 0 && points > fatePoint;
    }

    /** Ends a stop: it goes on, or everybody learns that it is dead. */
    void settle() {
        isStopped = false;
        if (fate == Fate.KILLED_QUIETLY) {
            die();
        }
    }

    void die() {
        isDead = true;
        world.died(this);
        whenDead.run();
    }

    void hearOfDeath(long dead) {
        if (!isDead && watched.remove(dead)) {
            told.add(dead);
            schedule.start(name + ".watcher", this, lock.bells()::alarm);
        }
    }

    // ------------------------------------------------------------ surroundings

    @Override
    public boolean isAlive(long owner) {
        return owner == self || world.isAlive(owner & Owner.MASK);
    }

    @Override
    public boolean watch(long owner) {
        long word = owner & Owner.MASK;
        if (word == self) {
            return true;
        }
        if (watched.contains(word)) {
            return true; // as far as it was told: the news may be under way
        }
        if (world.isAlive(word)) {
            watched.add(word);
            return true;
        }
        return false;
    }

    @Override
    public void sleep(int offset, int expected, long nanos) {
        schedule.sleep(offset, expected, nanos);
    }

    @Override
    public void wake(int offset) {
        schedule.wake(offset);
    }

    @Override
    public boolean tryRepresent() {
        if (isRepresented) {
            return false;
        }
        isRepresented = true;
        return true;
    }

    @Override
    public void stopRepresenting() {
        isRepresented = false;
        dropIdleBit();
    }

    @Override
    public boolean isWriterQueued() {
        return queued > 0;
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public long spinNanos() {
        return 0;
    }

    @Override
    public void recovered(String what, long owner) {
        assertThat(isAlive(owner)).as("%s of the dead: %s", what, owner).isFalse();
    }

    // ------------------------------------------------------------ what its threads do

    int sharedLane() {
        return Owner.slot(self);
    }

    int lease() {
        int lane = lock.table().lease();
        assertThat(lane).as("lane of the pool for %s", name).isNotNegative();
        lanes.add(lane);
        return lane;
    }

    void giveBack(int lane) {
        assertThat(lock.table().giveBack(lane)).isTrue();
        lanes.remove(Integer.valueOf(lane));
    }

    /** Whether it knows of the lanes that carry its name; one that was stopped while it leased has not been told. */
    boolean hasLeased() {
        return !lanes.isEmpty();
    }

    static int own(int lane) {
        return LockLayout.lane(lane, LockLayout.LANE_OWN);
    }

    static int counted(int lane) {
        return LockLayout.lane(lane, LockLayout.LANE_COUNTED);
    }

    void readOwn(int lane) {
        enterOwn(lane);
        read();
        lock.leaveOwn(own(lane));
    }

    void enterOwn(int lane) {
        if (lock.tryOwn(own(lane)) == SharedLock.REFUSED) {
            enterRead(lane, false);
        }
    }

    void readCounted(int lane) {
        enterRead(lane, true);
        read();
        lock.leaveCounted(counted(lane));
    }

    /** As with a repair callback: on torn data first as a writer. */
    void enterRead(int lane, boolean counted) {
        Outcome outcome = lock.enterRead(lane, counted, Patience.unlimited());
        while (outcome == Outcome.INCONSISTENT) {
            write();
            outcome = lock.enterRead(lane, counted, Patience.unlimited());
        }
        assertThat(outcome).isEqualTo(Outcome.ACQUIRED);
    }

    /** Looks at the data, while the lock is held for reading. */
    void read() {
        beginReading();
        schedule.step();
        endReading();
    }

    void beginReading() {
        world.enterRead(this);
    }

    void endReading() {
        world.leaveRead(this);
    }

    void write() {
        assertThat(write(Patience.unlimited())).isEqualTo(Outcome.ACQUIRED);
    }

    Outcome write(Patience patience) {
        Outcome outcome = enterWrite(patience);
        if (outcome == Outcome.ACQUIRED) {
            change();
            leaveWrite(true);
        }
        return outcome;
    }

    Outcome enterWrite(Patience patience) {
        if (!represent(patience)) {
            dropIdleBit();
            return Outcome.TIMED_OUT;
        }
        Outcome outcome = lock.enterWrite(patience);
        if (outcome != Outcome.ACQUIRED) {
            stopRepresenting();
            return outcome;
        }
        dirty = lock.isDirty();
        world.enterWrite(this, dirty, lock.isSuspect());
        lock.beginSection();
        world.assertTokenRises(lock.token());
        return outcome;
    }

    /** Waits in the process's queue of writers; false if its patience ends there. */
    private boolean represent(Patience patience) {
        if (tryRepresent()) {
            return true;
        }
        if (patience.isNone()) {
            return false;
        }
        queued++;
        schedule.step();
        boolean acquired = tryRepresent();
        while (!acquired && patience.verdict() == null) {
            schedule.waitUntil(() -> !isRepresented);
            acquired = tryRepresent();
        }
        queued--;
        return acquired;
    }

    /** As the process does when it has opened its queue. */
    private void dropIdleBit() {
        while (lock.hasBit() && queued == 0 && tryRepresent()) {
            if (queued == 0) {
                lock.dropBit();
            }
            isRepresented = false;
        }
    }

    /** Whether it was told that a writer had died in its section. */
    boolean wasDirty() {
        return dirty;
    }

    /** Writes the data. */
    void change() {
        schedule.step();
        world.writeFirstHalf();
        schedule.step();
        world.writeSecondHalf();
        schedule.step();
    }

    void leaveWrite(boolean clean) {
        world.leaveWrite(this, clean);
        lock.endSection(clean);
        isRepresented = false;
        lock.handOver();
        dropIdleBit();
    }

    @Override
    public String toString() {
        return name + (isDead ? " dead" : isStopped ? " stopped" : "");
    }
}
