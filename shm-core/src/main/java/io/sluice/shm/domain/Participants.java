package io.sluice.shm.domain;

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
            if (last == 0 || !locks.isHeld(lastFile)) {
                Path ownFile = livenessFile(liveDirectory, slot, last + 1);
                Files.deleteIfExists(ownFile);
                KernelLocks.Held held = locks.tryLock(ownFile, fileMode);
                if (held == null) {
                    throw new IOException("cannot lock a new liveness file: path=" + ownFile);
                }
                describeSelf(words, slot);
                words.longRelease(DomainLayout.participant(slot, DomainLayout.INCARNATION), last + 1);
                Files.deleteIfExists(lastFile);
                return new Participants(file, liveDirectory, slot, last + 1, held);
            }
        }
        throw new IOException(
                "domain has no free slot: directory=" + liveDirectory.getParent() + ", participants=" + MAX);
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
     * Whether the participant that {@code owner} names lives. False is final; true may be outdated when it returns. A
     * few microseconds (system calls) for another process.
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
            throw new UncheckedIOException("cannot probe a liveness file: path=" + file, e);
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
        try {
            Files.deleteIfExists(livenessFile(self));
            ownLock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot leave the domain: path=" + livenessFile(self), e);
        }
    }
}
