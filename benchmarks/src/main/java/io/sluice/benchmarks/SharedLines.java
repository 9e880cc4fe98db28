package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A file of words that processes share, each on lines of its own and known by the name that {@code E} gives it. */
final class SharedLines<E extends Enum<E>> implements AutoCloseable {
    private static final int LINES = 128;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LOOK_NANOS = 1_000_000;

    private final UnsafeBuffer words;

    SharedLines(Path file) {
        words = new UnsafeBuffer(IoUtil.mapExistingFile(file.toFile(), String.valueOf(file.getFileName())));
    }

    /** All zeros, to be done before anybody opens it. */
    static void create(Path file, Class<? extends Enum<?>> names) {
        try {
            Files.write(file, new byte[names.getEnumConstants().length * LINES]);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a file of shared words: file=" + file, e);
        }
    }

    UnsafeBuffer line(E name) {
        return new UnsafeBuffer(words, index(name), LINES);
    }

    long get(E name) {
        return words.getLongVolatile(index(name));
    }

    void set(E name, long value) {
        words.putLongVolatile(index(name), value);
    }

    void add(E name, long value) {
        words.getAndAddLong(index(name), value);
    }

    /** Looks again and again; {@code check} throws if there is nothing to wait for any more. */
    void awaitAtLeast(E name, long value, Runnable check) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (get(name) < value) {
            check.run();
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("waited in vain for another process: word=" + name + " expected="
                        + value + " value=" + get(name) + " patience=" + PATIENCE);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @SuppressWarnings("EnumOrdinal") // the file does not outlive the run
    private static int index(Enum<?> name) {
        return name.ordinal() * LINES;
    }

    @Override
    public void close() {
        IoUtil.unmap(words.byteBuffer());
    }
}
