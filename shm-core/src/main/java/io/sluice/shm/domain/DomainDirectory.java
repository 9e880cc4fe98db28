package io.sluice.shm.domain;

import com.sun.security.auth.module.UnixSystem;
import io.sluice.shm.Domain;
import io.sluice.shm.os.KernelLocks;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The directory of a domain: created if it is missing, refused if it is not safely ours, and locked, by the kernel,
 * while its files are created or deleted.
 */
final class DomainDirectory {
    /** Nobody holds the lock longer than it takes to write a file; a holder that is stopped is waited for this long. */
    private static final long LOCK_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final Set<String> REMOTE = Set.of("nfs", "nfs4", "cifs", "smb2", "smb3", "9p", "virtiofs");

    private final Path path;
    private final boolean groupAccess;

    private DomainDirectory(Path path, boolean groupAccess) {
        this.path = path;
        this.groupAccess = groupAccess;
    }

    /** Opens {@code path}, whose parent exists, creating it if it is missing. */
    static DomainDirectory open(Path path, boolean groupAccess) throws IOException {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            throw new FileSystemException(path.toString(), null, "not a POSIX file system (Windows is not supported)");
        }
        DomainDirectory directory = new DomainDirectory(path.toAbsolutePath(), groupAccess);
        directory.make(directory.path);
        directory.make(directory.live());
        directory.refuseRemote();
        return directory;
    }

    /** Where domains without a directory of their own lie; created, or verified to be ours and private. */
    static Path defaultRoot() throws IOException {
        String configured = System.getProperty(Domain.DIRECTORY_PROPERTY);
        if (configured != null) {
            return Files.createDirectories(Path.of(configured));
        }
        Path sharedMemory = Path.of("/dev/shm");
        Path parent = Files.isDirectory(sharedMemory) ? sharedMemory : Path.of(System.getProperty("java.io.tmpdir"));
        Path root = parent.resolve("sluice-" + ownUid());
        new DomainDirectory(root, false).make(root);
        return root;
    }

    /** Creates one private directory, or verifies that an existing one is ours and private. */
    void make(Path directory) throws IOException {
        Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(groupAccess ? "rwxrwx---" : "rwx------");
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(permissions));
            if (groupAccess) {
                Files.setAttribute(
                        directory, "unix:mode", 02770); // the umask's bits, and the group for what lies in it
            }
        } catch (FileAlreadyExistsException exists) {
            verify(directory);
        }
    }

    private void verify(Path directory) throws IOException {
        Map<String, Object> found =
                Files.readAttributes(directory, "unix:uid,mode,isDirectory", LinkOption.NOFOLLOW_LINKS);
        if (!Boolean.TRUE.equals(found.get("isDirectory"))) {
            throw new FileSystemException(directory.toString(), null, "is not a directory (links are not followed)");
        }
        int uid = number(found, "uid");
        int mode = number(found, "mode") & 0777;
        int forbidden = groupAccess ? 0007 : 0077;
        if (uid != ownUid() && !groupAccess) {
            throw new AccessDeniedException(
                    directory.toString(), null, "belongs to somebody else: uid=" + uid + ", expected=" + ownUid());
        }
        if ((mode & forbidden) != 0) {
            throw new AccessDeniedException(
                    directory.toString(),
                    null,
                    "is open to others: mode=" + Integer.toOctalString(mode) + ", forbidden="
                            + Integer.toOctalString(forbidden));
        }
    }

    private static int number(Map<String, Object> attributes, String name) throws IOException {
        if (attributes.get(name) instanceof Integer number) {
            return number;
        }
        throw new IOException("file system does not tell: attribute=" + name);
    }

    private void refuseRemote() throws IOException {
        String type = Files.getFileStore(path).type().toLowerCase(Locale.ROOT);
        if (REMOTE.contains(type) || type.startsWith("fuse")) {
            throw new FileSystemException(
                    path.toString(), null, "memory is not shared on this kind of file system: type=" + type);
        }
    }

    /** The user of this process. */
    private static int ownUid() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.exists(self)
                ? (Integer) Files.getAttribute(self, "unix:uid")
                : Math.toIntExact(new UnixSystem().getUid());
    }

    Path path() {
        return path;
    }

    Path live() {
        return path.resolve("live");
    }

    Set<PosixFilePermission> filePermissions() {
        return PosixFilePermissions.fromString(groupAccess ? "rw-rw----" : "rw-------");
    }

    int fileMode() {
        return groupAccess ? 0660 : 0600;
    }

    /** What runs while the domain's kernel lock is held. */
    @FunctionalInterface
    interface Locked<T> {
        T run() throws IOException;
    }

    /**
     * Runs {@code action} under the domain's kernel lock.
     *
     * @throws IOException if another participant holds the lock for longer than 30 s
     */
    <T> T locked(Locked<T> action) throws IOException {
        KernelLocks.Held held = lock();
        try {
            return action.run();
        } finally {
            held.close();
        }
    }

    private KernelLocks.Held lock() throws IOException {
        Path file = path.resolve("domain.lock");
        long deadline = System.nanoTime() + LOCK_PATIENCE_NANOS;
        long pause = TimeUnit.MICROSECONDS.toNanos(50);
        while (true) {
            KernelLocks.Held held = KernelLocks.platform().tryLock(file, fileMode());
            if (held != null) {
                return held;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("another process holds the domain's lock (is it stopped?): path=" + file
                        + ", waitedSeconds=" + TimeUnit.NANOSECONDS.toSeconds(LOCK_PATIENCE_NANOS));
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while waiting for the domain's lock: path=" + file);
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
