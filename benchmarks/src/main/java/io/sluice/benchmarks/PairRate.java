package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All processes lock and unlock as fast as they can; all begin before, and end after, the part that is measured. */
final class PairRate implements LockTask {
    private static final int MOST_BATCH = 256;
    private static final long LONG_BATCH_NANOS = 1_000_000;
    private static final int WARM_UP = 0;
    private static final int MEASURE = 1;
    private static final int DONE = 2;
    private static final String PAIRS = "pairs.";
    private static final String NANOS = "nanos.";

    private final LockMode mode;

    PairRate(LockMode mode) {
        this.mode = mode;
    }

    @Override
    public int repetitions(Timing timing) {
        return 0;
    }

    @Override
    public boolean isPinned() {
        return true;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        long start = System.nanoTime();
        long before = start;
        long pairs = 0;
        long phase = WARM_UP;
        int batch = 1;
        while (phase != DONE) {
            pair(side, batch);
            pairs += batch;
            long now = System.nanoTime();
            batch = next(batch, now - before);
            before = now;
            if (side.index() == 0) {
                lead(side, now - start, phase);
            }
            long next = side.lines().get(LockLine.PHASE);
            if (next != phase) {
                if (next == DONE) {
                    report(side, phase == MEASURE ? pairs : 0, now - start);
                }
                start = now;
                pairs = 0;
                phase = next;
            }
        }
    }

    private void pair(LockSide side, int batch) {
        for (int i = 0; i < batch; i++) {
            if (mode == LockMode.READ) {
                side.read();
            } else {
                side.writeOnly();
            }
        }
    }

    /** Many pairs for one look at the clock, but no part of the measurement is missed by it. */
    private static int next(int batch, long nanos) {
        if (nanos > LONG_BATCH_NANOS) {
            return Math.max(1, batch / 2);
        }
        return nanos < LONG_BATCH_NANOS / 4 ? Math.min(MOST_BATCH, batch * 2) : batch;
    }

    private static void lead(LockSide side, long nanos, long phase) {
        int millis = phase == WARM_UP ? side.timing().warmUpMillis : side.timing().measureMillis;
        if (nanos > TimeUnit.MILLISECONDS.toNanos(millis)) {
            side.lines().set(LockLine.PHASE, phase + 1);
        }
    }

    /** One who waited from before the measured part to behind it made no pair in it. */
    private static void report(LockSide side, long pairs, long nanos) {
        side.report(PAIRS + side.index(), (double) pairs);
        side.report(NANOS + side.index(), (double) nanos);
    }

    /** Nanoseconds a pair and process, of what the processes reported. */
    static double nanosPerPair(Map<String, Double> reported) {
        return sum(reported, NANOS) / sum(reported, PAIRS);
    }

    private static double sum(Map<String, Double> reported, String prefix) {
        return reported.entrySet().stream()
                .filter(each -> each.getKey().startsWith(prefix))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }
}
