package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Two processes hand the write lock to each other: who does not hold it waits for it, asleep. */
final class HandOff implements LockTask {
    /** From the moment the other begins to ask: long enough for it to fall asleep, whatever the contender. */
    private static final long ASLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Times as many go before, with a shorter sleep: a client of a server is much code, and all of it is to be compiled. */
    private static final int WARM_UP_PARTS = 4;

    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final int LEAST_REPETITIONS = 10;

    @Override
    public int repetitions(Timing timing) {
        return Math.max(LEAST_REPETITIONS, 2 * timing.wakes);
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        int warmUp = WARM_UP_PARTS * repetitions(side.timing());
        int turns = warmUp + repetitions(side.timing());
        Waits waits = new Waits();
        long stamp = 0;
        if (side.index() == 0) {
            stamp = side.enterWrite();
        }
        for (int turn = 1; turn <= turns; turn++) {
            if (turn % 2 == side.index()) {
                stamp = take(side, turn, turn > warmUp ? waits : new Waits());
            } else {
                give(side, turn, stamp, turn > warmUp ? ASLEEP_NANOS : WARM_UP_NANOS);
            }
        }
        if (turns % 2 == side.index()) {
            side.leaveWrite(stamp);
        }
        if (side.index() == 0) {
            waits.byMetric().forEach(side::report);
        }
    }

    private static void give(LockSide side, int turn, long stamp, long pause) {
        SharedLines<LockLine> lines = side.lines();
        lines.set(LockLine.HELD, turn);
        lines.awaitAtLeast(LockLine.ASKING, turn, () -> {});
        long begin = System.nanoTime();
        for (long left = pause; left > 0; left = pause - (System.nanoTime() - begin)) {
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
        waits.add(System.nanoTime() - lines.get(LockLine.ASKED));
        return stamp;
    }
}
