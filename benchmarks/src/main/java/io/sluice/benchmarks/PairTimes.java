package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.util.concurrent.TimeUnit;

/** One process locks and unlocks, and looks at the clock each time. */
final class PairTimes implements LockTask {
    /** A client of a server is much code, and a pair takes long: it is compiled only after thousands of them. */
    private static final int WARM_UP_PARTS = 8;

    private final LockMode mode;

    PairTimes(LockMode mode) {
        this.mode = mode;
    }

    @Override
    public int repetitions(Timing timing) {
        return 0;
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        long length = TimeUnit.MILLISECONDS.toNanos(side.timing().measureMillis);
        measure(side, WARM_UP_PARTS * length);
        measure(side, 2 * length).byMetric().forEach(side::report);
    }

    private Waits measure(LockSide side, long length) {
        Waits times = new Waits();
        long start = System.nanoTime();
        long before = start;
        while (before - start < length) {
            if (mode == LockMode.READ) {
                side.read();
            } else {
                side.writeOnly();
            }
            long now = System.nanoTime();
            times.add(now - before);
            before = now;
        }
        return times;
    }
}
