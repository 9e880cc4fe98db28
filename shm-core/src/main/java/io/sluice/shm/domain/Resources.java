package io.sluice.shm.domain;

import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.Lifetime;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.os.KernelLocks;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The named files of a domain. They persist until {@link #delete} or {@link #reap}. Thread-safe.
 *
 * <pre>
 *   user                                     delete (under the domain's kernel lock)
 *   owner word := self   (CAS, full fence)   deleted := 1   (volatile, full fence)
 *   deleted? or not linked? withdraw         a live owner? deleted := 0, refuse
 *   ... use ...                              unlink
 * </pre>
 *
 * At least one of the two sees the other, so nobody ends up on a file without a name while others use its successor. A
 * deleter that dies between the two leaves {@code deleted} set; the next opener finishes its work, or, if somebody lives
 * on the file, undoes it.
 */
public final class Resources {
    private static final System.Logger LOG = System.getLogger(Resources.class.getName());

    private final DomainDirectory directory;
    private final Participants participants;
    private final Lifetime lifetime;

    Resources(DomainDirectory directory, Participants participants, Lifetime lifetime) {
        this.directory = directory;
        this.participants = participants;
        this.lifetime = lifetime;
    }

    /**
     * Opens {@code fileName}, or creates it by {@code plan} if it is missing. Racing creators all end on one file.
     *
     * @throws IncompatibleFileException if the file is not a usable one of the plan's type
     * @throws io.sluice.shm.memory.NoSpaceException if it does not fit
     * @throws IllegalStateException if the domain is closed
     */
    public MappedFile openOrCreate(String fileName, MappedFile.Plan plan) throws IOException {
        Path path = directory.path().resolve(fileName);
        return inDomain(() -> {
            if (Files.exists(path)) {
                MappedFile file = openIfThere(path, plan.type());
                if (file != null && !file.isDeleted()) {
                    return file;
                }
                if (file != null) {
                    file.release();
                }
            }
            return directory.locked(() -> openOrCreateLocked(path, plan));
        });
    }

    private MappedFile openOrCreateLocked(Path path, MappedFile.Plan plan) throws IOException {
        MappedFile marked = openIfThere(path, plan.type());
        if (marked != null) {
            if (!marked.isDeleted()) {
                return marked;
            }
            if (isUsed(marked, plan.type())) { // the deleter died before it saw them
                marked.setDeleted(false);
                return marked;
            }
            marked.release();
            Files.delete(path);
        }
        MappedFile.create(path, plan, directory.filePermissions());
        return MappedFile.open(path, plan.type());
    }

    private static @Nullable MappedFile openIfThere(Path path, FileType type) throws IOException {
        try {
            return MappedFile.open(path, type);
        } catch (NoSuchFileException missing) {
            return null;
        }
    }

    /**
     * To be asked by a user after it stored its owner word: false if the file was deleted meanwhile, and the user must
     * withdraw.
     */
    public boolean confirm(MappedFile file) throws IOException {
        if (!file.isDeleted()) {
            return file.isStillLinked();
        }
        return directory.locked(() -> {
            boolean linked = file.isStillLinked();
            if (linked) {
                file.setDeleted(false); // the deleter died, or saw us and will say so itself
            }
            return linked;
        });
    }

    /**
     * Deletes a file that no live participant uses; one from before the last boot has no live users.
     *
     * @return false if there is none
     * @throws ResourceBusyException if a live participant, this one included, uses it
     * @throws IncompatibleFileException if it is not a file of {@code type}, or damaged
     */
    public boolean delete(String fileName, FileType type) throws IOException {
        Path path = directory.path().resolve(fileName);
        return inDomain(() -> directory.locked(() -> deleteLocked(path, type)));
    }

    private boolean deleteLocked(Path path, FileType type) throws IOException {
        MappedFile file;
        try {
            file = MappedFile.open(path, type);
        } catch (NoSuchFileException missing) {
            return false;
        } catch (IncompatibleFileException e) {
            if (e.reason() != Reason.BOOT) {
                throw e;
            }
            Files.delete(path);
            return true;
        }
        boolean unlinked = false;
        try {
            file.setDeleted(true);
            refuseIfUsed(file, type);
            Files.delete(path);
            unlinked = true;
            return true;
        } finally {
            if (!unlinked) {
                file.setDeleted(false);
            }
            file.release();
        }
    }

    private void refuseIfUsed(MappedFile file, FileType type) {
        for (long owner : liveOwners(file, type)) {
            throw new ResourceBusyException(
                    "resource is in use: path=" + file.path() + ", " + participants.describe(owner));
        }
    }

    private boolean isUsed(MappedFile file, FileType type) {
        return !liveOwners(file, type).isEmpty();
    }

    private List<Long> liveOwners(MappedFile file, FileType type) {
        FileType.Owners owners = type.owners();
        List<Long> live = new ArrayList<>();
        for (int i = 0; i < owners.count(); i++) {
            long owner = file.words().longVolatile(owners.offset() + i * owners.stride()) & Owner.MASK;
            if (owner != Owner.NOBODY && participants.isAlive(owner)) {
                live.add(owner);
            }
        }
        return live;
    }

    /**
     * Deletes all files of {@code type} whose names end in {@code suffix} and that no live participant uses, and what
     * dead creators and dead participants left. Files that are in use, damaged or of another version stay.
     *
     * @return the names of the files of {@code type} that were deleted
     */
    public List<String> reap(String suffix, FileType type) throws IOException {
        return inDomain(() -> directory.locked(() -> {
            List<String> reaped = new ArrayList<>();
            for (Path path : list(directory.path())) {
                String name = String.valueOf(path.getFileName());
                if (MappedFile.isTemporary(path.getFileName())) {
                    Files.deleteIfExists(path);
                } else if (name.endsWith(suffix) && reapLocked(path, type)) {
                    reaped.add(name);
                }
            }
            for (Path path : list(directory.live())) {
                if (Files.isRegularFile(path) && !KernelLocks.platform().isHeld(path)) {
                    Files.deleteIfExists(path);
                }
            }
            return reaped;
        }));
    }

    private boolean reapLocked(Path path, FileType type) throws IOException {
        try {
            return deleteLocked(path, type);
        } catch (ResourceBusyException | IncompatibleFileException e) {
            LOG.log(System.Logger.Level.DEBUG, "not reaped: path=" + path, e);
            return false;
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(paths::add);
        }
        paths.sort(null);
        return paths;
    }

    /** Keeps the domain's memory mapped during {@code action}. */
    private <T> T inDomain(DomainDirectory.Locked<T> action) throws IOException {
        if (!lifetime.retain()) {
            throw new IllegalStateException("domain is closed: directory=" + directory.path());
        }
        try {
            return action.run();
        } finally {
            lifetime.release();
        }
    }
}
