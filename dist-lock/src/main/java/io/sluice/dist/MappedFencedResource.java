package io.sluice.dist;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Names;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link FencedResource} in shared memory, for the processes of a host that open the same name in the same domain. It
 * lasts until it is deleted or the machine boots.
 *
 * <p>Never blocks on another process: a writer may be stopped or killed at any instruction, and the value is then the
 * one before or the one after. Takes 128 times the capacity of shared memory.
 */
public final class MappedFencedResource implements FencedResource {
    /*
     * A writer prepares the value in one of its two slots, the one that CURRENT does not name, and publishes it by a CAS
     * of CURRENT from what it compared its token with. So the check and the write are one instruction: a writer that is
     * stopped between them fails the CAS if anybody wrote or fenced meanwhile, and looks again. Only the user of a slot
     * lets CURRENT name it, and never the one it writes: a value that CURRENT names is whole.
     *
     * If a writer dies, what it prepared is in a slot that CURRENT does not name; whoever takes the entry over may use it.
     */

    /** Most bytes of a value. */
    public static final int MAX_CAPACITY = 64 * 1024;

    private static final int MAX_TURNS = 1_000_000;

    private static final String SUFFIX = ".fenced";

    private final String name;
    private final DomainCore domain;
    private final MappedFile file;
    private final Words words;
    private final int capacity;
    private final Runnable closer = this::close;

    /** Of the two slots; -1 once closed. Guarded by this. */
    private int entry;

    private MappedFencedResource(String name, DomainCore domain, MappedFile file, int entry) {
        this.name = name;
        this.domain = domain;
        this.file = file;
        this.words = file.words();
        this.capacity = words.intPlain(FencedLayout.CAPACITY);
        this.entry = entry;
    }

    /**
     * Opens, and if need be creates, the resource {@code name}, empty.
     *
     * @param name 1 to 100 letters, digits, {@code _ . -}, beginning with neither dot nor hyphen
     * @param capacity most bytes of a value, 1 to {@link #MAX_CAPACITY}
     * @throws IllegalArgumentException if an argument is not like that
     * @throws IncompatibleFileException if it exists with another capacity, version or layout, from another boot, or is
     *     damaged
     * @throws io.sluice.shm.memory.NoSpaceException if it does not fit; nothing is left behind
     * @throws IOException if it is open {@value FencedLayout#USERS} times
     * @throws IllegalStateException if the domain is closed
     */
    public static MappedFencedResource open(Domain domain, String name, int capacity) throws IOException {
        Names.check("resource", name);
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "capacity must be 1 to " + MAX_CAPACITY + ": resource=" + name + ", capacity=" + capacity);
        }
        MappedFile.Plan plan = new MappedFile.Plan(
                FencedLayout.TYPE,
                FencedLayout.fileLength(capacity),
                words -> words.intPlain(FencedLayout.CAPACITY, capacity));
        MappedFile file = domain.core().resources().openOrCreate(name + SUFFIX, plan);
        boolean usable = false;
        try {
            check(file, capacity);
            MappedFencedResource resource =
                    new MappedFencedResource(name, domain.core(), file, claim(domain.core(), file));
            usable = true;
            resource.attach();
            return resource;
        } finally {
            if (!usable) {
                file.release();
            }
        }
    }

    private static void check(MappedFile file, int capacity) throws IncompatibleFileException {
        int actual = file.words().intPlain(FencedLayout.CAPACITY);
        if (actual != capacity) {
            throw new IncompatibleFileException(
                    Reason.SIZE,
                    "resource exists with another capacity: path=" + file.path() + ", capacity=" + actual
                            + ", expectedCapacity=" + capacity);
        }
        if (FencedLayout.fileLength(actual) != file.buffer().capacity()) {
            throw new IncompatibleFileException(
                    Reason.DAMAGED,
                    "resource's capacity does not fit its size: path=" + file.path() + ", capacity=" + actual
                            + ", size=" + file.buffer().capacity());
        }
    }

    /** Takes an entry that nobody alive has. */
    private static int claim(DomainCore domain, MappedFile file) throws IOException {
        for (int index = 0; index < FencedLayout.USERS; index++) {
            int offset = FencedLayout.user(index);
            long user = file.words().longVolatile(offset);
            if ((user == 0 || !domain.participants().isAlive(user))
                    && file.words().longCas(offset, user, domain.participants().self())) {
                return index;
            }
        }
        throw new IOException("resource is open too often: path=" + file.path() + ", max=" + FencedLayout.USERS);
    }

    private void attach() throws IOException {
        boolean linked = false;
        boolean retained = false;
        try {
            linked = domain.resources().confirm(file);
            domain.retain(closer);
            retained = true;
        } finally {
            if (!linked || !retained) {
                leave();
            }
        }
        if (!linked) {
            throw new IllegalStateException("resource was deleted meanwhile, open it again: resource=" + name);
        }
    }

    /**
     * Deletes the resource {@code name}, and with it its highest token.
     *
     * @return false if there is none
     * @throws ResourceBusyException if a living process, this one included, has it open
     * @throws IncompatibleFileException if the file under that name is not a resource of this version and boot
     */
    public static boolean delete(Domain domain, String name) throws IOException {
        return domain.core().resources().delete(Names.check("resource", name) + SUFFIX, FencedLayout.TYPE);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void write(long token, byte[] value) {
        Tokens.check(name, token);
        if (value.length > capacity) {
            throw new IllegalArgumentException(
                    "value is too long: resource=" + name + ", length=" + value.length + ", capacity=" + capacity);
        }
        synchronized (this) {
            ensureOpen();
            publish(token, prepare(value));
        }
    }

    /** The slot that now has the value. */
    private int prepare(byte[] value) {
        int first = 2 * entry;
        int slot = currentSlot(words.longVolatile(FencedLayout.CURRENT)) == first ? first + 1 : first;
        int offset = FencedLayout.slot(slot, capacity);
        long odd = words.longPlain(offset + FencedLayout.VERSION) | 1; // a dead one may have left it odd
        words.longPlain(offset + FencedLayout.VERSION, odd);
        VarHandle.releaseFence(); // who sees any of the following and then reads the version again finds another
        words.intPlain(offset + FencedLayout.LENGTH, value.length);
        words.putBytesPlain(offset + FencedLayout.VALUE, value);
        words.longRelease(offset + FencedLayout.VERSION, odd + 1);
        return slot;
    }

    private void publish(long token, int slot) {
        long before;
        do {
            before = words.longVolatile(FencedLayout.CURRENT);
            refuseIfStale(token, before);
        } while (!words.longCas(FencedLayout.CURRENT, before, current(token, slot)));
    }

    @Override
    public synchronized void fence(long token) {
        Tokens.check(name, token);
        ensureOpen();
        long before;
        do {
            before = words.longVolatile(FencedLayout.CURRENT);
            refuseIfStale(token, before);
        } while (!words.longCas(FencedLayout.CURRENT, before, current(token, currentSlot(before))));
    }

    private void refuseIfStale(long token, long current) {
        if (token < currentToken(current)) {
            throw new StaleTokenException(name, token, currentToken(current));
        }
    }

    private static long current(long token, int slot) {
        return token << FencedLayout.SLOT_BITS | slot;
    }

    private static long currentToken(long current) {
        return current >>> FencedLayout.SLOT_BITS;
    }

    private static int currentSlot(long current) {
        return (int) current & (FencedLayout.SLOTS - 1);
    }

    @Override
    public byte[] read() {
        return whileMapped(() -> {
            // A turn fails only if somebody else wrote meanwhile.
            for (int turn = 0; turn < MAX_TURNS; turn++) {
                byte[] value = tryRead();
                if (value != null) {
                    return value;
                }
                Thread.onSpinWait();
            }
            throw new IllegalStateException(
                    "resource changes without a pause, or is damaged: path=" + file.path() + ", turns=" + MAX_TURNS);
        });
    }

    private byte @Nullable [] tryRead() {
        long current = words.longVolatile(FencedLayout.CURRENT);
        int offset = FencedLayout.slot(currentSlot(current), capacity);
        long version = words.longAcquire(offset + FencedLayout.VERSION);
        if ((version & 1) != 0) {
            return null;
        }
        byte[] value = new byte[length(words.intPlain(offset + FencedLayout.LENGTH))];
        words.bytesPlain(offset + FencedLayout.VALUE, value);
        VarHandle.acquireFence(); // the copy is made before the next two loads; with prepare's fence
        // Named in between, unchanged around it: what was named is what was copied.
        return words.longVolatile(FencedLayout.CURRENT) == current
                        && words.longAcquire(offset + FencedLayout.VERSION) == version
                ? value
                : null;
    }

    private int length(int length) {
        if (length < 0 || length > capacity) {
            throw new IllegalStateException(
                    "resource is damaged: path=" + file.path() + ", length=" + length + ", capacity=" + capacity);
        }
        return length;
    }

    @Override
    public long token() {
        return whileMapped(() -> currentToken(words.longVolatile(FencedLayout.CURRENT)));
    }

    private <T> T whileMapped(Supplier<T> reading) {
        synchronized (this) {
            ensureOpen();
            if (!file.retain()) {
                throw closed();
            }
        }
        try {
            return reading.get();
        } finally {
            file.release();
        }
    }

    private void ensureOpen() {
        if (entry < 0) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("resource is closed: resource=" + name);
    }

    @Override
    public void close() {
        leave();
        domain.release(closer);
    }

    private synchronized void leave() {
        if (entry >= 0) {
            words.longRelease(FencedLayout.user(entry), 0);
            entry = -1;
            file.release();
        }
    }

    @Override
    public String toString() {
        return "MappedFencedResource: resource=" + name + ", path=" + file.path();
    }
}
