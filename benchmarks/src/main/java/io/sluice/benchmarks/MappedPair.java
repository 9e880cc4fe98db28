package io.sluice.benchmarks;

import org.agrona.concurrent.UnsafeBuffer;

/** For processes, in a line of memory that they share. */
final class MappedPair extends GuardedPair {
    private final UnsafeBuffer line;

    MappedPair(UnsafeBuffer line) {
        this.line = line;
    }

    @Override
    long first() {
        return line.getLong(0);
    }

    @Override
    long second() {
        return line.getLong(Long.BYTES);
    }

    @Override
    void set(long first, long second) {
        line.putLong(0, first);
        line.putLong(Long.BYTES, second);
    }
}
