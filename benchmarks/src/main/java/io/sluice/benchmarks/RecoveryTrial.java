package io.sluice.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** The parent's part of {@link Recovery}: starts the victims and kills them. */
final class RecoveryTrial {
    /** So long after its announcement the waiter is asleep. */
    private static final Duration SETTLE = Duration.ofMillis(50);

    /** From the kill. */
    private static final Duration NEVER = Duration.ofSeconds(2);

    private static final int LOOK_NANOS = 100_000;
    private static final double KILOBYTES_PER_MEGABYTE = 1024;

    private final Children children;
    private final SharedLines<LockLine> lines;
    private final IntFunction<List<String>> victims;
    private final List<Double> residents = new ArrayList<>();
    private final Waits waits = new Waits();

    /** {@code victims}: the command that starts the one of that number. */
    RecoveryTrial(Children children, SharedLines<LockLine> lines, IntFunction<List<String>> victims) {
        this.children = children;
        this.lines = lines;
        this.victims = victims;
    }

    /** With the waiter started. False if the waiter never got in, and is still there. */
    boolean run(int kills) throws InterruptedException {
        lines.awaitAtLeast(LockLine.READY, 1, children::checkNoneFailed);
        for (int victim = 1; victim <= 1 + kills; victim++) {
            kill(victim, victim == 1 ? new Waits() : waits);
            if (lines.get(LockLine.ENTERED) != victim) {
                return false;
            }
        }
        lines.set(LockLine.STOP, 1);
        return true;
    }

    private void kill(int number, Waits recorded) throws InterruptedException {
        Process victim = children.start(victims.apply(number));
        lines.awaitAtLeast(LockLine.HELD, number, children::checkNoneFailed);
        residents.add(lines.get(LockLine.RESIDENT) / KILOBYTES_PER_MEGABYTE);
        lines.set(LockLine.GO, number);
        lines.awaitAtLeast(LockLine.ASKING, number, children::checkNoneFailed);
        Thread.sleep(SETTLE.toMillis());
        if (lines.get(LockLine.ENTERED) == number) {
            throw new TrialException("the lock was had beside its holder: victim=" + number);
        }
        long killed = System.nanoTime();
        children.kill(victim);
        while (lines.get(LockLine.ENTERED) != number && System.nanoTime() - killed < NEVER.toNanos()) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (lines.get(LockLine.ENTERED) == number) {
            recorded.add(lines.get(LockLine.ENTERED_AT) - killed);
        } else {
            waits.addNever();
        }
    }

    Map<String, Double> values() {
        Map<String, Double> values = new HashMap<>(waits.byMetric());
        values.put(Metric.RESIDENT.name(), Summary.of(residents).median());
        return values;
    }
}
