package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The CPU time of all threads of this process, from the scheduler's own count: exact, not in ticks of 10 ms. */
final class ProcessCpu {
    private ProcessCpu() {}

    static long nanos() {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                sum += nanos(thread);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the CPU time of this process", e);
        }
        return sum;
    }

    private static long nanos(Path thread) throws IOException {
        try {
            String onCpuWaitingSlices = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(onCpuWaitingSlices.substring(0, onCpuWaitingSlices.indexOf(' ')));
        } catch (NoSuchFileException e) {
            if (Files.exists(thread)) {
                throw e;
            }
            return 0; // the thread has ended meanwhile
        }
    }
}
