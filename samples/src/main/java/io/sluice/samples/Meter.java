package io.sluice.samples;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Counts what one side moves; shows progress on a terminal, and the total when it is closed. */
final class Meter implements AutoCloseable {
    private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String what;
    private final boolean progress = StandardStreams.errorIsTerminal();
    private long bytes;
    private long messages;
    private long first;
    private long last;
    private long shown;

    Meter(String what) {
        this.what = what;
    }

    /** The first data is here; the clock starts. */
    void start() {
        if (first == 0) {
            first = System.nanoTime();
            last = first;
            shown = first;
        }
    }

    /** A message with so much data went through. */
    void add(int length) {
        bytes += length;
        messages++;
        last = System.nanoTime();
        if (progress && last - shown >= PROGRESS_NANOS) {
            shown = last;
            System.err.printf(Locale.ROOT, "\r%s %,d MB, %,.0f MB/s ", what, bytes / 1_000_000, rate());
        }
    }

    long bytes() {
        return bytes;
    }

    private double seconds() {
        return (last - first) / 1e9;
    }

    /** Megabytes (10^6) a second from the first byte to the last. */
    private double rate() {
        return last == first ? 0 : bytes / seconds() / 1e6;
    }

    @Override
    public void close() {
        System.err.printf(
                Locale.ROOT,
                "%s%s: bytes=%d, messages=%d, seconds=%.3f, MB/s=%.1f%n",
                progress && shown != first ? "\r" : "",
                what,
                bytes,
                messages,
                seconds(),
                rate());
    }
}
