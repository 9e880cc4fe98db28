package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Keeps the calling thread on one CPU; the other threads of its JVM stay free. */
final class Affinity {
    static final int ANY = -1;

    private final int cpu;

    Affinity(int cpu) {
        this.cpu = cpu;
    }

    void apply() {
        if (cpu == ANY) {
            return;
        }
        try {
            String thread =
                    Path.of("/proc/thread-self").toRealPath().getFileName().toString();
            Process taskset = new ProcessBuilder("taskset", "-cp", Integer.toString(cpu), thread)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int exit = taskset.waitFor();
            if (exit != 0) {
                throw new IllegalStateException("taskset failed: cpu=" + cpu + " exit=" + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run taskset: cpu=" + cpu, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted: cpu=" + cpu, e);
        }
    }
}
