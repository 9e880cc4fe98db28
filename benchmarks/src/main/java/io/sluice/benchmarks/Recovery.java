package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Victims take the lock, one after another, and are killed; process 0 waits behind each to write. */
final class Recovery implements LockTask {
    private static final int LEAST_REPETITIONS = 2;

    private final LockMode mode;
    private final int heapMegabytes;

    /** By the mode in which the victims hold the lock. */
    Recovery(LockMode mode, int heapMegabytes) {
        this.mode = mode;
        this.heapMegabytes = heapMegabytes;
    }

    @Override
    public int repetitions(Timing timing) {
        return Math.max(LEAST_REPETITIONS, timing.wakes / 10);
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    int heapMegabytes() {
        return heapMegabytes;
    }

    /** All of a victim's heap is resident. */
    List<String> victimFlags() {
        return List.of("-Xms" + heapMegabytes + "m", "-Xmx" + heapMegabytes + "m", "-XX:+AlwaysPreTouch");
    }

    @Override
    public void run(LockSide side) {
        if (side.index() == 0) {
            side.becomeRescuer();
            side.ready();
            outlive(side);
        } else {
            hold(side);
        }
    }

    private static void outlive(LockSide side) {
        SharedLines<LockLine> lines = side.lines();
        long victim = 0;
        while (lines.get(LockLine.STOP) == 0) {
            if (lines.get(LockLine.GO) == victim) {
                LockSupport.parkNanos(1_000_000);
                continue;
            }
            victim++;
            lines.set(LockLine.ASKING, victim);
            lines.set(LockLine.ENTERED_AT, side.write());
            lines.set(LockLine.ENTERED, victim);
        }
    }

    private void hold(LockSide side) {
        side.lines().set(LockLine.RESIDENT, residentKilobytes());
        if (mode == LockMode.READ) {
            side.keepRead();
        } else {
            side.keepWrite();
        }
        side.countWrites();
        side.lines().set(LockLine.HELD, side.index());
        while (true) {
            LockSupport.park();
        }
    }

    private static long residentKilobytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/self/status", e);
        }
        throw new IllegalStateException("/proc/self/status has no VmRSS");
    }
}
