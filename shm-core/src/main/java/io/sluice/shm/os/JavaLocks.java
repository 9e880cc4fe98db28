package io.sluice.shm.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code java.nio} file locks. On POSIX these belong to the process, and closing <i>any</i> channel of the file in the
 * process drops them: a file that this process holds is therefore never opened a second time ({@link #held}).
 */
final class JavaLocks implements KernelLocks {
    static final JavaLocks INSTANCE = new JavaLocks();

    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** Files that this process holds. */
    private final Set<Path> held = new HashSet<>();

    /** Channels of files that another class loader's Sluice in this process holds: closing one would drop its lock. */
    private final Map<Path, FileChannel> overlapping = new HashMap<>();

    private JavaLocks() {}

    @Override
    public synchronized @Nullable Held tryLock(Path file, int mode) throws IOException {
        Path key = key(file);
        if (held.contains(key) || (overlapping.containsKey(key) && isHeld(file))) {
            return null;
        }
        try (Interrupts deferred = Interrupts.deferred()) {
            return open(file, key, mode);
        }
    }

    private @Nullable Held open(Path file, Path key, int mode) throws IOException {
        Set<OpenOption> options = Set.of(
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                LinkOption.NOFOLLOW_LINKS);
        FileChannel channel =
                FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(FileModes.permissions(mode)));
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            overlapping.put(key, channel);
            return null;
        }
        if (lock == null) {
            channel.close();
            return null;
        }
        FileModes.apply(file, mode, channel);
        held.add(key);
        return () -> close(key, channel);
    }

    private synchronized void close(Path key, FileChannel channel) throws IOException {
        if (channel.isOpen()) {
            channel.close();
            held.remove(key);
        }
    }

    @Override
    public synchronized boolean isHeld(Path file) throws IOException {
        Path key = key(file);
        if (held.contains(key)) {
            return true;
        }
        try (Interrupts deferred = Interrupts.deferred()) {
            return probe(file, key);
        } catch (NoSuchFileException missing) {
            return false;
        }
    }

    private boolean probe(Path file, Path key) throws IOException {
        FileChannel kept = overlapping.remove(key);
        FileChannel channel = kept != null
                ? kept
                : FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        boolean keep = false;
        try {
            return channel.tryLock(0, Long.MAX_VALUE, true) == null;
        } catch (OverlappingFileLockException e) {
            keep = true;
            overlapping.put(key, channel);
            return true;
        } finally {
            if (!keep) {
                channel.close(); // and with it the lock
            }
        }
    }

    @Override
    public void awaitRelease(Path file, BooleanSupplier wanted) throws IOException {
        while (wanted.getAsBoolean() && isHeld(file)) {
            LockSupport.parkNanos(this, PROBE_NANOS);
        }
    }

    private static Path key(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null ? file : directory.toRealPath().resolve(file.getFileName());
    }
}
