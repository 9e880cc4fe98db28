package io.sluice.rwlock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Two counters that every process of a test can reach, and that nothing but the lock under test keeps equal and exact:
 * plain loads and stores.
 */
final class Counters {
    private static final int YIELD_ONE_IN = 16;

    private final MappedByteBuffer words;

    Counters(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, 2 * Long.BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void increment() {
        long next = words.getLong(0) + 1;
        linger();
        words.putLong(0, next);
        linger();
        words.putLong(Long.BYTES, words.getLong(Long.BYTES) + 1);
    }

    boolean areEqual() {
        long first = words.getLong(0);
        linger();
        return first == words.getLong(Long.BYTES);
    }

    /** Gives others the time to get in between, if they can. */
    @SuppressWarnings("ThreadPriorityCheck") // to make others run is the point
    private static void linger() {
        int chance = ThreadLocalRandom.current().nextInt(YIELD_ONE_IN);
        if (chance == 0) {
            Thread.yield();
        }
        for (int spin = 0; spin < chance; spin++) {
            Thread.onSpinWait();
        }
    }

    @Override
    public String toString() {
        return words.getLong(0) + " " + words.getLong(Long.BYTES);
    }
}
