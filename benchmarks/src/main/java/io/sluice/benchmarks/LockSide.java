package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What one process of a repetition has: the lock, what it guards, and words with the others. */
final class LockSide implements AutoCloseable {
    static final String FILE = "control";

    /** The file that tells where the server of a lock is. */
    static final String ADDRESS = "address";

    private final int index;
    private final int processes;
    private final Timing timing;
    private final SharedLines<LockLine> lines;
    private final GuardedPair pair;
    private final MeasuredLock lock;
    private final Path directory;
    private LockAccess access;
    private long writes;

    /** {@code lock}: closed with this. */
    LockSide(int index, int processes, MeasuredLock lock, Timing timing, Path directory) {
        this.index = index;
        this.processes = processes;
        this.timing = timing;
        lines = new SharedLines<>(directory.resolve(FILE));
        pair = new MappedPair(lines.line(LockLine.PAIR));
        this.lock = lock;
        this.directory = directory;
        access = lock.access();
    }

    /** From 0; one of them leads. */
    int index() {
        return index;
    }

    Timing timing() {
        return timing;
    }

    SharedLines<LockLine> lines() {
        return lines;
    }

    /** From now on the lock is had also where a writer died. */
    void becomeRescuer() {
        access = lock.rescuer();
    }

    /** Has everything compiled, then returns when all are so far. */
    void ready() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timing.warmUpMillis);
        do {
            read();
            write();
        } while (System.nanoTime() - end < 0);
        lines.add(LockLine.READY, 1);
        lines.awaitAtLeast(LockLine.READY, processes, () -> {});
    }

    long read() {
        long stamp = access.lockRead();
        try {
            return pair.read();
        } finally {
            access.unlockRead(stamp);
        }
    }

    /** Holds the read lock, asleep. */
    void read(long nanos) {
        long stamp = access.lockRead();
        try {
            long before = pair.read();
            long end = System.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            GuardedPair.check(before, pair.read());
        } finally {
            access.unlockRead(stamp);
        }
    }

    /** Returns when it got in, by nanoTime. */
    long write() {
        long stamp = access.lockWrite();
        try {
            long entered = System.nanoTime();
            increment();
            return entered;
        } finally {
            access.unlockWrite(stamp);
        }
    }

    /** Without looking at the clock. */
    void writeOnly() {
        long stamp = access.lockWrite();
        try {
            increment();
        } finally {
            access.unlockWrite(stamp);
        }
    }

    /** What {@link #leaveWrite} wants. */
    long enterWrite() {
        long stamp = access.lockWrite();
        increment();
        return stamp;
    }

    void leaveWrite(long stamp) {
        access.unlockWrite(stamp);
    }

    /** Of the lock's server. */
    String address() {
        return address(directory);
    }

    static String address(Path directory) {
        try {
            return Files.readString(directory.resolve(ADDRESS));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the address of the server", e);
        }
    }

    /** Keeps the read lock for ever. */
    void keepRead() {
        access.lockRead();
    }

    /** Keeps the write lock for ever. */
    void keepWrite() {
        access.lockWrite();
        increment();
    }

    private void increment() {
        pair.increment();
        writes++;
    }

    /** Tells how often this process wrote; at its end, or before it is killed. */
    void countWrites() {
        lines.add(LockLine.WRITES, writes);
        writes = 0;
    }

    void report(Metric metric, double value) {
        report(metric.name(), value);
    }

    /** The names of several processes must differ. */
    void report(String name, double value) {
        System.out.println(name + "\t" + value);
    }

    @Override
    public void close() {
        countWrites();
        lock.close();
        lines.close();
    }
}
