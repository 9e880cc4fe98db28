package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The CPU time that neither this process nor its children used since a moment: the machine's disturbance. */
final class ForeignCpu {
    private static final double NANOS_PER_TICK = 1e7;

    /** In the line of /proc/stat: user, nice, system, then irq, softirq, steal; idle and iowait between. */
    private static final int[] BUSY_FIELDS = {1, 2, 3, 6, 7, 8};

    /** In /proc/self/stat behind the name: utime, stime, and both of the children that have ended. */
    private static final int[] OWN_FIELDS = {11, 12, 13, 14};

    private final long startNanos = System.nanoTime();
    private final long startTicks = ticks();

    /** In percent of one core. */
    double percent() {
        double nanos = (ticks() - startTicks) * NANOS_PER_TICK;
        return Math.max(0, 100 * nanos / (System.nanoTime() - startNanos));
    }

    private static long ticks() {
        try {
            String all;
            try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
                all = lines.findFirst().orElseThrow();
            }
            String own = Files.readString(Path.of("/proc/self/stat"));
            return sum(all, BUSY_FIELDS) - sum(own.substring(own.lastIndexOf(')') + 2), OWN_FIELDS);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read CPU times from /proc", e);
        }
    }

    private static long sum(String line, int[] fields) {
        String[] values = line.trim().split(" +", -1);
        long sum = 0;
        for (int field : fields) {
            sum += Long.parseLong(values[field]);
        }
        return sum;
    }
}
