package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.util.concurrent.TimeUnit;

/** One process locks and unlocks, and looks at the clock each time. */
final class PairTimes implements LockTask {
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
        measure(side, length); // the rest of the warm-up, in this mode alone
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
