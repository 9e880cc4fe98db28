package io.sluice.shm.domain;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.os.KernelLocks;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
 * deleter that dies between the two leaves {@code deleted} set; the next opener finishes its work.
 */
public final class Resources {
    private static final System.Logger LOG = System.getLogger(Resources.class.getName());

    private final DomainDirectory directory;
    private final Participants participants;

    Resources(DomainDirectory directory, Participants participants) {
        this.directory = directory;
        this.participants = participants;
    }

    /**
     * Opens {@code fileName}, or creates it by {@code plan} if it is missing. Racing creators all end on one file.
     *
     * @throws io.sluice.shm.memory.IncompatibleFileException if the file is not a usable one of the plan's type
     * @throws io.sluice.shm.memory.NoSpaceException if it does not fit
     */
    public MappedFile openOrCreate(String fileName, MappedFile.Plan plan) throws IOException {
        Path path = directory.path().resolve(fileName);
        try {
            return openUndeleted(path, plan.type());
        } catch (NoSuchFileException missing) {
            return directory.locked(() -> openOrCreateLocked(path, plan));
        }
    }

    private MappedFile openOrCreateLocked(Path path, MappedFile.Plan plan) throws IOException {
        try {
            return openUndeleted(path, plan.type());
        } catch (NoSuchFileException missing) {
            Files.deleteIfExists(path); // marked by a deleter that died
            MappedFile.create(path, plan, directory.filePermissions());
            return MappedFile.open(path, plan.type());
        }
    }

    private static MappedFile openUndeleted(Path path, FileType type) throws IOException {
        MappedFile file = MappedFile.open(path, type);
        if (file.isDeleted()) {
            file.release();
            throw new NoSuchFileException(path.toString());
        }
        return file;
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
     * Deletes a file that no live participant uses.
     *
     * @return false if there is none
     * @throws ResourceBusyException if a live participant, this one included, uses it
     */
    public boolean delete(String fileName, FileType type) throws IOException {
        Path path = directory.path().resolve(fileName);
        try {
            return directory.locked(() -> deleteLocked(path, type));
        } catch (NoSuchFileException missing) {
            return false;
        }
    }

    private boolean deleteLocked(Path path, FileType type) throws IOException {
        MappedFile file = MappedFile.open(path, type);
        try {
            file.setDeleted(true);
            refuseIfUsed(file);
            Files.delete(path);
            return true;
        } finally {
            file.release();
        }
    }

    private void refuseIfUsed(MappedFile file) {
        for (long owner : liveOwners(file)) {
            file.setDeleted(false);
            throw new ResourceBusyException(
                    "resource is in use: path=" + file.path() + ", " + participants.describe(owner));
        }
    }

    private List<Long> liveOwners(MappedFile file) {
        FileHeader.Owners owners = file.owners();
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
     * dead creators and dead participants left.
     *
     * @return the names of the files of {@code type} that were deleted
     */
    public List<String> reap(String suffix, FileType type) throws IOException {
        List<String> reaped = new ArrayList<>();
        for (Path path : list(directory.path())) {
            String name = String.valueOf(path.getFileName());
            if (name.endsWith(suffix) && !MappedFile.isTemporary(path.getFileName())) {
                try {
                    if (delete(name, type)) {
                        reaped.add(name);
                    }
                } catch (ResourceBusyException used) {
                    LOG.log(System.Logger.Level.DEBUG, "not reaped", used);
                }
            }
        }
        return directory.locked(() -> {
            for (Path path : list(directory.path())) {
                if (MappedFile.isTemporary(path.getFileName())) {
                    Files.deleteIfExists(path);
                }
            }
            for (Path path : list(directory.live())) {
                if (!KernelLocks.platform().isHeld(path)) {
                    Files.deleteIfExists(path);
                }
            }
            return reaped;
        });
    }

    private static List<Path> list(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(paths::add);
        }
        paths.sort(null);
        return paths;
    }
}
