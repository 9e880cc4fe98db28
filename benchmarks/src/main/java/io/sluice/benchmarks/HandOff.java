package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Two processes hand the write lock to each other: who does not hold it waits for it, asleep. */
final class HandOff implements LockTask {
    /** From the moment the other begins to ask: long enough for it to fall asleep, whatever the contender. */
    private static final long ASLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final int WARM_UP = 50;

    @Override
    public int repetitions(Timing timing) {
        return 2 * timing.wakes;
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        int turns = WARM_UP + repetitions(side.timing());
        Waits waits = new Waits();
        long stamp = 0;
        if (side.index() == 0) {
            stamp = side.enterWrite();
        }
        for (int turn = 1; turn <= turns; turn++) {
            if (turn % 2 == side.index()) {
                stamp = take(side, turn, waits);
            } else {
                give(side, turn, stamp);
            }
        }
        if (turns % 2 == side.index()) {
            side.leaveWrite(stamp);
        }
        if (side.index() == 0) {
            waits.byMetric().forEach(side::report);
        }
    }

    private static void give(LockSide side, int turn, long stamp) {
        SharedLines<LockLine> lines = side.lines();
        lines.set(LockLine.HELD, turn);
        lines.awaitAtLeast(LockLine.ASKING, turn, () -> {});
        long begin = System.nanoTime();
        for (long left = ASLEEP_NANOS; left > 0; left = ASLEEP_NANOS - (System.nanoTime() - begin)) {
            LockSupport.parkNanos(left);
        }
        lines.set(LockLine.ASKED, System.nanoTime()); // when it is given
        side.leaveWrite(stamp);
    }

    private static long take(LockSide side, int turn, Waits waits) {
        SharedLines<LockLine> lines = side.lines();
        lines.awaitAtLeast(LockLine.HELD, turn, () -> {});
        lines.set(LockLine.ASKING, turn);
        long stamp = side.enterWrite();
        long waited = System.nanoTime() - lines.get(LockLine.ASKED);
        if (turn > WARM_UP) {
            waits.add(waited);
        }
        return stamp;
    }
}
