package io.sluice.shm.os;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Open file description locks (fcntl(2), Linux 3.15). They belong to one {@code open}, so closing another descriptor of
 * the same file does not drop them. Descriptors are opened with O_CLOEXEC: a child that native code forks must not keep
 * a dead parent's lock.
 */
final class OfdLocks implements KernelLocks {
    static final OfdLocks INSTANCE = new OfdLocks();

    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;

    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    /** sizeof(struct flock) on 64-bit Linux: type 0, whence 2, start 8, length 16, pid 24. */
    private static final int FLOCK_BYTES = 32;

    private OfdLocks() {}

    @Override
    public @Nullable Held tryLock(Path file, int mode) throws IOException {
        int fd = open(file, Posix.O_RDWR | Posix.O_CREAT, mode);
        int errno = lock(fd, F_OFD_SETLK, F_WRLCK);
        if (errno == 0) {
            Descriptor held = new Descriptor(fd);
            FileModes.apply(file, mode, held);
            return held;
        }
        Posix.close(fd);
        if (errno == Posix.EAGAIN || errno == Posix.EACCES) {
            return null;
        }
        throw Mapping.failure(file, "fcntl(F_OFD_SETLK)", errno);
    }

    @Override
    public boolean isHeld(Path file) throws IOException {
        int fd;
        try {
            fd = open(file, Posix.O_RDONLY, 0);
        } catch (NoSuchFileException missing) {
            return false;
        }
        try {
            Memory flock = flock(F_RDLCK); // not a write lock: that would see the read locks of watchers, too
            int errno = call(fd, F_OFD_GETLK, flock);
            if (errno != 0) {
                throw Mapping.failure(file, "fcntl(F_OFD_GETLK)", errno);
            }
            return flock.getShort(0) != F_UNLCK;
        } finally {
            Posix.close(fd);
        }
    }

    @Override
    public void awaitRelease(Path file, BooleanSupplier wanted) throws IOException {
        int fd;
        try {
            fd = open(file, Posix.O_RDONLY, 0);
        } catch (NoSuchFileException missing) {
            return;
        }
        try {
            int errno = lock(fd, F_OFD_SETLKW, F_RDLCK);
            if (errno != 0) {
                throw Mapping.failure(file, "fcntl(F_OFD_SETLKW)", errno);
            }
        } finally {
            Posix.close(fd);
        }
    }

    static int open(Path file, int flags, int mode) throws IOException {
        int fd = Posix.open(file.toString(), flags | Posix.O_CLOEXEC | Posix.O_NOFOLLOW, mode);
        if (fd < 0) {
            throw Mapping.failure(file, "open", Posix.errno());
        }
        return fd;
    }

    private static int lock(int fd, int command, short type) {
        Memory flock = flock(type);
        int errno;
        do {
            errno = call(fd, command, flock);
        } while (errno == Posix.EINTR);
        return errno;
    }

    private static int call(int fd, int command, Memory flock) {
        return Posix.fcntl(fd, command, Pointer.nativeValue(flock)) == 0 ? 0 : Posix.errno();
    }

    private static Memory flock(short type) {
        Memory flock = new Memory(FLOCK_BYTES);
        flock.clear();
        flock.setShort(0, type);
        return flock;
    }

    /** Not closed by a finalizer or cleaner: who loses it keeps the lock until the process ends. */
    private static final class Descriptor implements Held {
        private final int fd;
        private final AtomicBoolean closed = new AtomicBoolean();

        Descriptor(int fd) {
            this.fd = fd;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                Posix.close(fd);
            }
        }
    }
}
