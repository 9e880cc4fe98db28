package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Names;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.RawAccess;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FencedReadWriteLock} in shared memory, for the threads of all processes that open the same name in the same
 * domain. Needs no daemon and no JVM option.
 *
 * <p><b>Death.</b> A process may be killed at any instruction. What it held or waited for is cleared away within
 * milliseconds of the kernel's word by whoever is in its way. If it died in its write section, the next write hold says
 * so ({@link Hold#previousOwnerDied}) and readers are refused with {@link InconsistentDataException} until one marks the
 * data consistent; with a {@link Builder#repair callback} the data is mended before anybody else gets in. A process that
 * is stopped is alive: whatever it holds stays held until it goes on.
 *
 * <p><b>Bounds.</b> A reader that finds a waiting writer, of any process, waits until no writer wants the lock (or until
 * {@link Builder#readersAfter}). A writer waits for the holders of the moment, then for other writers: those of its own
 * process in the order of their coming, those of other processes in no order.
 *
 * <p><b>Cost.</b> An uncontended read lock is a store and two loads on lines that nobody else writes; the first write
 * after reads makes one system call. A thread that reads through its own lane costs others nothing; threads beyond the
 * number of lanes, and virtual threads, share one lane a process. Whoever must wait spins for at most 20 us and then
 * sleeps in the kernel.
 *
 * <p>Opened several times through one {@link Domain} object, it is one lock to that process's threads. The algorithm and
 * what is not guaranteed is in PROTOCOL.md.
 */
public final class MappedReadWriteLock implements FencedReadWriteLock {
    /** Lanes of a lock whose creator asked for no number. */
    public static final int DEFAULT_LANES = 256;

    /** Most lanes. */
    public static final int MAX_LANES = 4096;

    private static final String SUFFIX = ".lock";

    private record Key(DomainCore domain, String name) {}

    private static final class Opened {
        final MappedCore core;
        int times = 1;

        Opened(MappedCore core) {
            this.core = core;
        }
    }

    private static final Map<Key, Opened> OPENED = new HashMap<>();

    private final Key key;
    private final MappedCore core;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Of the token's word, or 0; the word reads 0 when the memory is let go of. */
    private final long tokenAddress;

    /**
     * As {@link #tokenAddress}; 0 once this is closed. If only the domain was closed, there are stamps until the holds that
     * are open then are closed, too: the memory stays so long.
     */
    private volatile long openToken;

    private MappedReadWriteLock(Key key, MappedCore core) {
        this.key = key;
        this.core = core;
        this.tokenAddress = core.tokenAddress();
        this.openToken = tokenAddress;
    }

    /** Opens, and if need be creates, the lock {@code name} with the defaults of {@link Builder}. */
    public static MappedReadWriteLock open(Domain domain, String name) throws IOException {
        return named(name).open(domain);
    }

    /**
     * Begins the description of a lock.
     *
     * @param name 1 to 100 letters, digits, {@code _ . -}, beginning with neither dot nor hyphen
     * @throws IllegalArgumentException if the name is not like that
     */
    public static Builder named(String name) {
        return new Builder(Names.check("lock", name));
    }

    /** How a lock is to be; not thread-safe. */
    public static final class Builder {
        private final String name;
        private int lanes;
        private int readersAfter = -1;
        private @Nullable Repair repair;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the number of threads, of all processes, that can read through a lane of their own. 128 bytes each.
         * Without it a new lock gets {@link #DEFAULT_LANES} and an existing one is taken as it is.
         *
         * @param number 1 to {@link #MAX_LANES}
         */
        public Builder lanes(int number) {
            if (number < 1 || number > MAX_LANES) {
                throw new IllegalArgumentException(
                        "lanes must be 1 to " + MAX_LANES + ": lock=" + name + ", lanes=" + number);
            }
            lanes = number;
            return this;
        }

        /**
         * Bounds the starvation of readers: after so many write holds in a row that readers waited for, those who wait
         * are let in once, for which the next writer waits up to 10 ms. Without it a new lock prefers writers without
         * bound and an existing one is taken as it is.
         *
         * @param writers 1 or more, or 0 for no bound
         */
        public Builder readersAfter(int writers) {
            if (writers < 0) {
                throw new IllegalArgumentException("must not be negative: lock=" + name + ", readersAfter=" + writers);
            }
            readersAfter = writers;
            return this;
        }

        /**
         * Has {@code callback} mend the data after a death, in this process. All openings of the lock through one Domain
         * object share the first one given.
         */
        public Builder repair(Repair callback) {
            repair = callback;
            return this;
        }

        /**
         * Opens the lock in {@code domain}, creating it if it is missing. Processes that race to create it all end up on
         * the same one.
         *
         * @throws IncompatibleFileException if it exists with other numbers, another version or layout, from another
         *     boot, or is damaged
         * @throws io.sluice.shm.memory.NoSpaceException if it does not fit; nothing is left behind
         * @throws ResourceBusyException if it was closed through the same Domain object and holds of then are still open
         * @throws IllegalStateException if the domain is closed
         */
        public MappedReadWriteLock open(Domain domain) throws IOException {
            Key key = new Key(domain.core(), name);
            synchronized (OPENED) {
                Opened opened = OPENED.get(key);
                if (opened != null) {
                    if (opened.times == 0 || opened.core.isClosed()) {
                        throw new ResourceBusyException("lock was closed, but not all of its holds were: lock=" + name);
                    }
                    check(opened.core.file());
                    opened.times++;
                } else {
                    opened = new Opened(attach(key));
                    OPENED.put(key, opened);
                    opened.core.releaseUser(); // if the domain was closed meanwhile, this ends and forgets it
                }
                opened.core.repairBy(repair);
                return new MappedReadWriteLock(key, opened.core);
            }
        }

        /** Kept by one user, the caller. */
        private MappedCore attach(Key key) throws IOException {
            DomainCore domain = key.domain();
            if (Owner.incarnation(domain.participants().self()) > LaneWord.MAX_INCARNATION) {
                throw new IllegalStateException("the domain's slots are worn out, make a new domain: self="
                        + Owner.toString(domain.participants().self()));
            }
            MappedFile file = domain.resources().openOrCreate(name + SUFFIX, plan(domain));
            boolean usable = false;
            try {
                check(file);
                usable = true;
            } finally {
                if (!usable) {
                    file.release();
                }
            }
            MappedCore core = new MappedCore(name, domain, file, () -> forget(key));
            boolean linked = false;
            try {
                linked = domain.resources().confirm(file);
            } finally {
                if (!linked) {
                    core.close();
                    core.releaseUser();
                }
            }
            if (!linked) {
                throw new IllegalStateException("lock was deleted meanwhile, open it again: lock=" + name);
            }
            return core;
        }

        private MappedFile.Plan plan(DomainCore domain) {
            int number = lanes == 0 ? DEFAULT_LANES : lanes;
            int bound = Math.max(0, readersAfter);
            boolean light = domain.fences().kind() == Fences.Kind.LIGHT;
            return new MappedFile.Plan(LockLayout.TYPE, LockLayout.fileLength(number), words -> {
                words.intPlain(LockLayout.LANES, number);
                words.intPlain(LockLayout.READERS_AFTER, bound);
                words.longPlain(LockLayout.WRITERS, light ? 0 : LockLayout.SLOW);
                words.intPlain(LockLayout.REVOKED, light ? 0 : 1);
                Instant now = Instant.now();
                words.longPlain(LockLayout.TOKEN, 2 * (now.getEpochSecond() * 1_000_000_000L + now.getNano()));
            });
        }

        private void check(MappedFile file) throws IncompatibleFileException {
            int actualLanes = file.words().intPlain(LockLayout.LANES);
            int actualBound = file.words().intPlain(LockLayout.READERS_AFTER);
            if (actualLanes < 1
                    || actualLanes > MAX_LANES
                    || LockLayout.fileLength(actualLanes) != file.buffer().capacity()) {
                throw new IncompatibleFileException(
                        Reason.DAMAGED,
                        "lock's number of lanes does not fit its size: path=" + file.path() + ", lanes=" + actualLanes
                                + ", size=" + file.buffer().capacity());
            }
            if ((lanes != 0 && lanes != actualLanes) || (readersAfter >= 0 && readersAfter != actualBound)) {
                throw new IncompatibleFileException(
                        Reason.SIZE,
                        "lock exists with other numbers: path=" + file.path() + ", lanes=" + actualLanes
                                + ", expectedLanes=" + lanes + ", readersAfter=" + actualBound
                                + ", expectedReadersAfter=" + readersAfter);
            }
        }
    }

    private static void forget(Key key) {
        synchronized (OPENED) {
            OPENED.remove(key);
        }
    }

    /**
     * Deletes the lock {@code name}.
     *
     * @return false if there is none
     * @throws ResourceBusyException if a living process, this one included, has it open
     * @throws IncompatibleFileException if the file under that name is not a lock of this version and boot
     */
    public static boolean delete(Domain domain, String name) throws IOException {
        return domain.core().resources().delete(Names.check("lock", name) + SUFFIX, LockLayout.TYPE);
    }

    /**
     * Deletes all locks of {@code domain} that no living process has open, and the remains of dead processes.
     *
     * @return the names of the deleted locks
     */
    public static List<String> reap(Domain domain) throws IOException {
        return domain.core().resources().reap(SUFFIX, LockLayout.TYPE).stream()
                .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                .toList();
    }

    /** For this module's guards, too. */
    MappedCore core() {
        if (closed.get()) {
            throw core.closedException();
        }
        return core;
    }

    @Override
    public String name() {
        return core.name();
    }

    @Override
    public Hold read() {
        return core().read();
    }

    @Override
    public Hold write() {
        return core().write();
    }

    @Override
    public Hold readInterruptibly() throws InterruptedException {
        return core().readInterruptibly();
    }

    @Override
    public Hold writeInterruptibly() throws InterruptedException {
        return core().writeInterruptibly();
    }

    @Override
    public Hold read(Duration timeout) throws InterruptedException {
        return core().read(timeout);
    }

    @Override
    public Hold write(Duration timeout) throws InterruptedException {
        return core().write(timeout);
    }

    @Override
    public @Nullable Hold tryRead() {
        return core().tryRead();
    }

    @Override
    public @Nullable Hold tryWrite() {
        return core().tryWrite();
    }

    @Override
    public CompletableFuture<Hold> readAsync() {
        return core().readAsync();
    }

    @Override
    public CompletableFuture<Hold> writeAsync() {
        return core().writeAsync();
    }

    @Override
    public CompletableFuture<Hold> readAsync(Duration timeout) {
        return core().readAsync(timeout);
    }

    @Override
    public CompletableFuture<Hold> writeAsync(Duration timeout) {
        return core().writeAsync(timeout);
    }

    @Override
    public long tryOptimisticRead() {
        long address = openToken;
        if (address != 0) {
            long token = RawAccess.getAcquire(address);
            if ((token & 1) == 0 && token != 0) {
                return token;
            }
        }
        return core().tryOptimisticRead();
    }

    @Override
    public boolean validate(long stamp) {
        long address = tokenAddress; // or it is loaded again after the fence
        if (address == 0) {
            return core.validate(stamp);
        }
        VarHandle.acquireFence();
        return RawAccess.getAcquire(address) == stamp && stamp != 0;
    }

    @Override
    public ReadWriteLock asReadWriteLock() {
        return core.asReadWriteLock();
    }

    @Override
    public ReadWriteLock ofCurrentThread() {
        return core.ofCurrentThread();
    }

    @Override
    public List<LockParty> parties() {
        return core().parties();
    }

    @Override
    public String describe() {
        return core().describe();
    }

    /** {@inheritDoc} The lock in shared memory stays, and what other openings hold. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        openToken = 0;
        synchronized (OPENED) {
            Opened opened = OPENED.get(key);
            if (opened != null && opened.core == core) {
                opened.times--;
                if (opened.times == 0) {
                    core.close();
                }
            }
        }
    }

    @Override
    public String toString() {
        return core.toString();
    }
}
