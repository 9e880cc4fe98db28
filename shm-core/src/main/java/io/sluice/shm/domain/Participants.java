package io.sluice.shm.domain;

import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.os.KernelLocks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The domain's table of participants, and this process's own entry in it. A participant lives as long as the kernel
 * holds the lock on its liveness file, {@code live/SLOT.INCARNATION}; nothing else is asked. Thread-safe.
 *
 * <p>Registration runs under the domain's kernel lock. The liveness file is created and locked before the table names
 * the incarnation, so an incarnation that the table names was alive, and one that died before that leaves only a file
 * that the next user of the slot removes.
 */
public final class Participants {
    /** Most participants of a domain at one time. */
    public static final int MAX = DomainLayout.PARTICIPANTS;

    private static final System.Logger LOG = System.getLogger(Participants.class.getName());

    private final Words words;
    private final Path liveDirectory;
    private final KernelLocks locks = KernelLocks.platform();
    private final Set<Long> knownDead = ConcurrentHashMap.newKeySet();
    private final KernelLocks.Held ownLock;
    private final long self;

    private Participants(MappedFile file, Path liveDirectory, int slot, long incarnation, KernelLocks.Held ownLock) {
        this.words = file.words();
        this.liveDirectory = liveDirectory;
        this.ownLock = ownLock;
        this.self = Owner.word(slot, incarnation);
    }

    /** Takes a free slot; only under the domain's kernel lock. */
    static Participants register(MappedFile file, Path liveDirectory, int fileMode) throws IOException {
        Words words = file.words();
        KernelLocks locks = KernelLocks.platform();
        for (int slot = 0; slot < MAX; slot++) {
            long last = words.longAcquire(DomainLayout.participant(slot, DomainLayout.INCARNATION));
            Path lastFile = livenessFile(liveDirectory, slot, last);
            Path ownFile = livenessFile(liveDirectory, slot, last + 1);
            if (last < 0 || last >= Owner.MAX_INCARNATION) {
                throw new IncompatibleFileException(
                        IncompatibleFileException.Reason.DAMAGED,
                        "domain's table is damaged: path=" + file.path() + ", slot=" + slot + ", incarnation=" + last);
            }
            if ((last == 0 || !locks.isHeld(lastFile)) && !locks.isHeld(ownFile)) {
                Files.deleteIfExists(ownFile);
                KernelLocks.Held held = locks.tryLock(ownFile, fileMode);
                if (held != null) {
                    return enter(file, liveDirectory, slot, last + 1, held);
                }
            }
        }
        throw new IOException(
                "domain has no free slot: directory=" + liveDirectory.getParent() + ", participants=" + MAX);
    }

    private static Participants enter(
            MappedFile file, Path liveDirectory, int slot, long incarnation, KernelLocks.Held held) throws IOException {
        boolean entered = false;
        try {
            describeSelf(file.words(), slot);
            file.words().longRelease(DomainLayout.participant(slot, DomainLayout.INCARNATION), incarnation);
            Files.deleteIfExists(livenessFile(liveDirectory, slot, incarnation - 1));
            entered = true;
            return new Participants(file, liveDirectory, slot, incarnation, held);
        } finally {
            if (!entered) {
                held.close();
            }
        }
    }

    private static void describeSelf(Words words, int slot) {
        byte[] name = SelfDescription.name().getBytes(StandardCharsets.UTF_8);
        byte[] kept = Arrays.copyOf(name, Math.min(name.length, DomainLayout.NAME_BYTES));
        words.longPlain(DomainLayout.participant(slot, DomainLayout.PID), SelfDescription.pid());
        words.longPlain(DomainLayout.participant(slot, DomainLayout.PID_NAMESPACE), SelfDescription.pidNamespace());
        words.longPlain(DomainLayout.participant(slot, DomainLayout.START_TIME), SelfDescription.startTime());
        words.intPlain(DomainLayout.participant(slot, DomainLayout.NAME_LENGTH), kept.length);
        words.putBytesPlain(DomainLayout.participant(slot, DomainLayout.NAME), kept);
    }

    /** This process's owner word. */
    public long self() {
        return self;
    }

    /**
     * Whether the participant that {@code owner} names lives. False is final; true may be outdated when it returns, and
     * is also the answer, with a warning in the log, if the kernel cannot be asked (no descriptors left): nobody is
     * taken for dead without its word. A few microseconds (system calls) for another process.
     */
    public boolean isAlive(long owner) {
        long word = owner & Owner.MASK;
        if (word == self) {
            return true;
        }
        int slot = Owner.slot(word);
        if (slot < 0 || slot >= MAX || knownDead.contains(word)) {
            return false;
        }
        if (words.longAcquire(DomainLayout.participant(slot, DomainLayout.INCARNATION)) == Owner.incarnation(word)
                && isHeld(livenessFile(word))) {
            return true;
        }
        knownDead.add(word);
        return false;
    }

    private boolean isHeld(Path file) {
        try {
            return locks.isHeld(file);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot probe a liveness file, taken for held: path=" + file, e);
            return true;
        }
    }

    Path livenessFile(long owner) {
        return livenessFile(liveDirectory, Owner.slot(owner), Owner.incarnation(owner));
    }

    private static Path livenessFile(Path directory, int slot, long incarnation) {
        return directory.resolve(slot + "." + incarnation);
    }

    /** The participant that {@code owner} names, for messages. */
    public Participant describe(long owner) {
        int slot = Owner.slot(owner);
        long incarnation = Owner.incarnation(owner);
        if (slot < 0 || slot >= MAX) {
            return new Participant(slot, incarnation, -1, "?", Participant.State.DEAD);
        }
        if (words.longAcquire(DomainLayout.participant(slot, DomainLayout.INCARNATION)) != incarnation) {
            return new Participant(slot, incarnation, -1, "?", Participant.State.DEAD);
        }
        long pid = words.longPlain(DomainLayout.participant(slot, DomainLayout.PID));
        boolean sameNamespace = words.longPlain(DomainLayout.participant(slot, DomainLayout.PID_NAMESPACE))
                == SelfDescription.pidNamespace();
        Participant.State state = Participant.State.DEAD;
        if (isAlive(owner)) {
            boolean stopped = sameNamespace && SelfDescription.isStopped(pid);
            state = stopped ? Participant.State.STOPPED : Participant.State.ALIVE;
        }
        return new Participant(slot, incarnation, pid, name(slot), state);
    }

    private String name(int slot) {
        int length = words.intPlain(DomainLayout.participant(slot, DomainLayout.NAME_LENGTH));
        byte[] name = new byte[Math.max(0, Math.min(length, DomainLayout.NAME_BYTES))];
        words.bytesPlain(DomainLayout.participant(slot, DomainLayout.NAME), name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /** The living participants, this process included. */
    public List<Participant> living() {
        List<Participant> living = new ArrayList<>();
        for (int slot = 0; slot < MAX; slot++) {
            long incarnation = words.longAcquire(DomainLayout.participant(slot, DomainLayout.INCARNATION));
            if (incarnation != 0 && isAlive(Owner.word(slot, incarnation))) {
                living.add(describe(Owner.word(slot, incarnation)));
            }
        }
        return living;
    }

    /** Gives the slot back. From here on everybody sees this incarnation dead, so it must hold nothing any more. */
    void leave() {
        try (ownLock) {
            Files.deleteIfExists(livenessFile(self));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot leave the domain: path=" + livenessFile(self), e);
        }
    }
}
