package io.sluice.shm;

import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Names;
import io.sluice.shm.domain.Participant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A directory through which processes of one host are connected. Every process that opens the same directory is in the
 * same domain; nothing else has to run. Up to {@value #MAX_PARTICIPANTS} processes (exactly: open {@code Domain}
 * objects) at one time.
 *
 * <p>A process is a participant until {@link #close} or its death, and only the kernel says that it died: a process that
 * is stopped, or paused by a garbage collection, is alive however long that lasts, and nothing is taken from it.
 *
 * <p>The directory is private to its user (mode 0700, files 0600), is not itself a symbolic link, and lies on a
 * local file system; a tmpfs such as {@code /dev/shm} is meant. Files in it persist until they are deleted or the
 * machine boots.
 *
 * <p>Thread-safe. Opening may wait for other processes that create or delete something in the domain at that moment (a
 * stopped one: 30 s, then an exception); closing never blocks.
 */
public final class Domain implements AutoCloseable {
    /** Most participants at one time. */
    public static final int MAX_PARTICIPANTS = 63;

    /** System property: where domains that are opened by name lie, instead of {@code /dev/shm/sluice-UID}. */
    public static final String DIRECTORY_PROPERTY = "sluice.dir";

    private final DomainCore core;

    private Domain(DomainCore core) {
        this.core = core;
    }

    /**
     * Opens, and if need be creates, the domain {@code name} under {@value #DIRECTORY_PROPERTY} or, without it, under
     * {@code /dev/shm/sluice-UID/} (where there is no {@code /dev/shm}: under the temporary directory).
     *
     * @param name 1 to 100 letters, digits, {@code _ . -}, beginning with neither dot nor hyphen
     * @throws IllegalArgumentException if the name is not like that
     * @throws IOException as {@link #open(Path)}
     */
    public static Domain open(String name) throws IOException {
        Names.check("domain", name);
        return new Domain(DomainCore.joinNamed(name));
    }

    /**
     * Opens, and if need be creates, the domain in {@code directory}, whose parent must exist.
     *
     * @throws io.sluice.shm.memory.NoSpaceException if the domain's file does not fit
     * @throws io.sluice.shm.memory.IncompatibleFileException if the domain is of another version, layout or boot, or
     *     runs with a setting that this process does not share
     * @throws java.nio.file.AccessDeniedException if the directory belongs to another user or is open to others
     * @throws IOException if the directory is a symbolic link, lies on a remote file system, has no free slot, or
     *     cannot be used otherwise
     */
    public static Domain open(Path directory) throws IOException {
        return new Domain(DomainCore.join(directory, false));
    }

    /**
     * As {@link #open(Path)}, but for all members of the directory's group: mode 0770, files 0660. Every process of the
     * domain must open it in this way.
     */
    public static Domain openForGroup(Path directory) throws IOException {
        return new Domain(DomainCore.join(directory, true));
    }

    public Path directory() {
        return core.directory();
    }

    /** The living participants, this one included. A snapshot; some system calls each. */
    public List<Participant> participants() {
        return core.use(() -> core.participants().living());
    }

    /** The domain's state for people to read. */
    public String describe() {
        return participants().stream()
                .map(participant -> "  participant: " + participant + "\n")
                .collect(Collectors.joining(
                        "",
                        "domain: directory=" + directory() + ", fences="
                                + core.fences().kind() + "\n",
                        ""));
    }

    /** For Sluice's own modules. */
    public DomainCore core() {
        return core;
    }

    /**
     * Closes everything that was opened through this object, wakes its sleepers (they throw), and leaves the domain when
     * the last operation that is under way has ended. Idempotent.
     */
    @Override
    public void close() {
        core.close();
    }

    @Override
    public String toString() {
        return "Domain: directory=" + directory();
    }
}
