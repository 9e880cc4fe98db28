package io.sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Words shared by the processes of one repetition, each on lines of its own: who is ready, and the call to stop. */
final class Control {
    /** The parent makes the file, this long, all zeros. */
    static final String FILE = "control";

    static final int BYTES = 4096;

    private static final int LINES = 128;
    private static final int STOP = 0;
    private static final int PING = 3 * LINES;
    private static final int PONG = 4 * LINES;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final UnsafeBuffer words;

    Control(Path directory) {
        words = new UnsafeBuffer(IoUtil.mapExistingFile(directory.resolve(FILE).toFile(), FILE));
    }

    LineProbe probe() {
        return new LineProbe(new UnsafeBuffer(words, PING, LINES), new UnsafeBuffer(words, PONG, LINES));
    }

    void ready(Role role) {
        words.putLongVolatile(index(role), 1);
    }

    void awaitReady(Role role) {
        await(index(role), "the other process did not get ready: role=" + role);
    }

    void stop() {
        words.putLongVolatile(STOP, 1);
    }

    boolean stopped() {
        return words.getLongVolatile(STOP) != 0;
    }

    void awaitStop() {
        await(STOP, "nobody stopped this process: patience=" + PATIENCE);
    }

    private void await(int index, String complaint) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (words.getLongVolatile(index) == 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(complaint);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static int index(Role role) {
        return LINES * (1 + role.index);
    }
}
