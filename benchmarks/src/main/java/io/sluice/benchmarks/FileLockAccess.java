package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The JDK's lock of a whole file, for one thread of each process. */
final class FileLockAccess implements MeasuredLock, LockAccess {
    private final FileChannel channel;
    private @Nullable FileLock held;

    FileLockAccess(Path directory) {
        try {
            channel = FileChannel.open(
                    directory.resolve("filelock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a file: directory=" + directory, e);
        }
    }

    @Override
    public LockAccess access() {
        return this;
    }

    @Override
    public long lockRead() {
        lock(true);
        return 0;
    }

    @Override
    public void unlockRead(long stamp) {
        unlock();
    }

    @Override
    public long lockWrite() {
        lock(false);
        return 0;
    }

    @Override
    public void unlockWrite(long stamp) {
        unlock();
    }

    private void lock(boolean shared) {
        try {
            held = channel.lock(0, Long.MAX_VALUE, shared);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot lock a file", e);
        }
    }

    private void unlock() {
        if (held == null) {
            throw new IllegalStateException("not locked");
        }
        try {
            held.release();
            held = null;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unlock a file", e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a file", e);
        }
    }
}
