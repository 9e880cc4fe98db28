package io.sluice.benchmarks;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Process 0 asks to write now and then, while the others read all the time. */
final class WriterWait implements LockTask {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** A writer that waited as long is let in by the readers, and starved. */
    private static final long STARVED_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long the writer goes on asking at most, in times of the measured part of other scenarios. */
    private static final int MEASURED_PARTS = 15;

    private static final int LEAST_REPETITIONS = 3;

    /** Waits are rare, so it takes some of them until a JVM has compiled how one waits. */
    private static final int WARM_UP_ASKS = 600;

    private static final long WARM_UP_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final long holdNanos;

    /** {@code hold}: how long the others read at a time. */
    WriterWait(Duration hold) {
        this.holdNanos = hold.toNanos();
    }

    @Override
    public int repetitions(Timing timing) {
        return Math.max(LEAST_REPETITIONS, timing.wakes / 3);
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        if (side.index() == 0) {
            write(side);
        } else {
            read(side);
        }
    }

    private void read(LockSide side) {
        SharedLines<LockLine> lines = side.lines();
        while (lines.get(LockLine.STOP) == 0) {
            side.read(holdNanos);
            while (hasStarved(lines.get(LockLine.ASKED))) {
                LockSupport.parkNanos(holdNanos);
            }
        }
    }

    private static boolean hasStarved(long asked) {
        return asked != 0 && System.nanoTime() - asked > STARVED_NANOS;
    }

    private void write(LockSide side) {
        try {
            Waits waits = new Waits();
            long limit = TimeUnit.MILLISECONDS.toNanos(side.timing().measureMillis) * MEASURED_PARTS;
            long end = System.nanoTime() + limit;
            for (int i = 0; i < WARM_UP_ASKS && System.nanoTime() - end < 0; i++) {
                ask(side, new Waits(), WARM_UP_PAUSE_NANOS);
            }
            long start = System.nanoTime();
            int left = repetitions(side.timing());
            do {
                ask(side, waits, PAUSE_NANOS);
                left--;
            } while (left > 0 && System.nanoTime() - start < limit);
            waits.byMetric().forEach(side::report);
            side.report(Metric.STARVED, waits.percentNever());
        } finally {
            side.lines().set(LockLine.STOP, 1);
        }
    }

    private static void ask(LockSide side, Waits waits, long pauseNanos) {
        LockSupport.parkNanos(pauseNanos);
        long asked = System.nanoTime();
        side.lines().set(LockLine.ASKED, asked);
        long waited = side.write() - asked;
        side.lines().set(LockLine.ASKED, 0);
        if (waited > STARVED_NANOS) {
            waits.addNever();
        } else {
            waits.add(waited);
        }
    }
}
