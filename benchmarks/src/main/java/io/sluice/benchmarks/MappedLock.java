package io.sluice.benchmarks;

import io.sluice.rwlock.FencedReadWriteLock;
import io.sluice.rwlock.Hold;
import io.sluice.rwlock.MappedReadWriteLock;
import io.sluice.shm.Domain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sluice's lock in shared memory; whoever opens the same directory shares it. */
final class MappedLock implements MeasuredLock {
    private final Domain domain;
    private final MappedReadWriteLock lock;
    private final Function<FencedReadWriteLock, ReadWriteLock> view;

    private MappedLock(Path directory, Function<FencedReadWriteLock, ReadWriteLock> view) {
        this.view = view;
        try {
            domain = Domain.open(directory.resolve("domain"));
            lock = MappedReadWriteLock.open(domain, "measured");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a lock: directory=" + directory, e);
        }
    }

    /** By the view that all threads share. */
    static MappedLock shared(Path directory) {
        return new MappedLock(directory, FencedReadWriteLock::asReadWriteLock);
    }

    /** By the view of one thread. */
    static MappedLock confined(Path directory) {
        return new MappedLock(directory, FencedReadWriteLock::ofCurrentThread);
    }

    @Override
    public LockAccess access() {
        return new FencedAccess(lock, view.apply(lock));
    }

    @Override
    public LockAccess rescuer() {
        return new Rescuer(lock);
    }

    /** The lock's state for people. */
    String describe() {
        return domain.describe() + lock.describe();
    }

    @Override
    public void close() {
        lock.close();
        domain.close();
    }

    /** By holds: only they say that a writer died, and mend. */
    private static final class Rescuer implements LockAccess {
        private final MappedReadWriteLock lock;
        private @Nullable Hold hold;

        Rescuer(MappedReadWriteLock lock) {
            this.lock = lock;
        }

        @Override
        public long lockRead() {
            hold = lock.read();
            return 0;
        }

        @Override
        public void unlockRead(long stamp) {
            close();
        }

        @Override
        public long lockWrite() {
            hold = lock.write();
            return 0;
        }

        @Override
        public void unlockWrite(long stamp) {
            if (hold != null && hold.previousOwnerDied()) {
                hold.markConsistent();
            }
            close();
        }

        private void close() {
            if (hold != null) {
                hold.close();
                hold = null;
            }
        }
    }
}
