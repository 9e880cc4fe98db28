package io.sluice.shm.domain;

import io.sluice.shm.memory.Closers;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.Lifetime;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.os.Natives;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * This process's membership in a domain. It ends when it is closed and the last handle that uses it has gone; until
 * then the kernel holds the liveness lock. Thread-safe.
 */
public final class DomainCore {
    /** Codes of the wait kind in shared memory. */
    private static final int PARKING = 0;

    private static final int FUTEX = 1;

    private static final System.Logger LOG = System.getLogger(DomainCore.class.getName());
    private static final AtomicBoolean PARKING_TOLD = new AtomicBoolean();

    private final DomainDirectory directory;
    private final MappedFile file;
    private final Fences fences;
    private final Participants participants;
    private final Bells bells;
    private final DeathWatch deathWatch;
    private final Resources resources;
    private final Lifetime lifetime = new Lifetime(this::end);
    private final Closers closers = new Closers();
    private final Set<Runnable> alarms = ConcurrentHashMap.newKeySet();

    private DomainCore(DomainDirectory directory, MappedFile file, Participants participants, Fences fences) {
        this.directory = directory;
        this.file = file;
        this.participants = participants;
        this.fences = fences;
        this.bells = new Bells(file, Natives.available(), participants, lifetime);
        this.deathWatch = new DeathWatch(participants, file.nonce(), this::ringOwnBells);
        this.resources = new Resources(directory, participants, lifetime);
    }

    /** Joins the domain {@code name}, a checked name, under the default root. */
    public static DomainCore joinNamed(String name) throws IOException {
        return join(DomainDirectory.defaultRoot().resolve(name), false);
    }

    /** Joins the domain in {@code path}, creating it if it is missing; the parent directory must exist. */
    public static DomainCore join(Path path, boolean groupAccess) throws IOException {
        tellIfParking();
        DomainDirectory directory = DomainDirectory.open(path, groupAccess);
        return directory.locked(() -> join(directory));
    }

    private static DomainCore join(DomainDirectory directory) throws IOException {
        MappedFile file = openOrCreate(directory);
        boolean joined = false;
        try {
            Fences fences = agree(file);
            Participants participants = Participants.register(file, directory.live(), directory.fileMode());
            joined = true;
            return new DomainCore(directory, file, participants, fences);
        } finally {
            if (!joined) {
                file.release();
            }
        }
    }

    private static void tellIfParking() {
        if (!Natives.available() && PARKING_TOLD.compareAndSet(false, true)) {
            LOG.log(System.Logger.Level.WARNING, "Waiters park with back-off instead of sleeping: " + Natives.reason());
        }
    }

    private static MappedFile openOrCreate(DomainDirectory directory) throws IOException {
        Path path = directory.path().resolve("domain");
        try {
            return MappedFile.open(path, DomainLayout.TYPE);
        } catch (NoSuchFileException missing) {
            MappedFile.create(
                    path,
                    new MappedFile.Plan(DomainLayout.TYPE, DomainLayout.LAYOUT.size(), DomainCore::settle),
                    directory.filePermissions());
            return MappedFile.open(path, DomainLayout.TYPE);
        }
    }

    private static int waitKind() {
        return Natives.available() ? FUTEX : PARKING;
    }

    /** Writes the creator's settings, which are the domain's from then on. */
    private static void settle(Words words) {
        words.intPlain(DomainLayout.WAIT_KIND, waitKind());
        words.intPlain(DomainLayout.FENCE_KIND, Fences.supported().code());
    }

    /** Full fences can join nobody's light ones, but light-capable processes use full ones where the domain does. */
    private static Fences agree(MappedFile file) throws IncompatibleFileException {
        int wait = file.words().intPlain(DomainLayout.WAIT_KIND);
        int fence = file.words().intPlain(DomainLayout.FENCE_KIND);
        if (wait < PARKING || wait > FUTEX || (fence != Fences.Kind.FULL.code() && fence != Fences.Kind.LIGHT.code())) {
            throw new IncompatibleFileException(
                    Reason.DAMAGED,
                    "domain's settings are damaged: path=" + file.path() + ", waitKind=" + wait + ", fenceKind="
                            + fence);
        }
        if (wait != waitKind()) {
            throw unlike(file, Natives.PROPERTY, wait == FUTEX ? "on" : "off", Natives.reason());
        }
        if (fence == Fences.Kind.FULL.code()) {
            return Fences.of(Fences.Kind.FULL);
        }
        if (Fences.supported() != Fences.Kind.LIGHT) {
            throw unlike(file, Fences.PROPERTY, "light", "this process cannot or must not");
        }
        return Fences.of(Fences.Kind.LIGHT);
    }

    private static IncompatibleFileException unlike(MappedFile file, String setting, String domain, String why) {
        return new IncompatibleFileException(
                Reason.SETTING,
                "all processes of a domain run with the same setting: path=" + file.path() + ", setting=" + setting
                        + ", domain=" + domain + (why.isEmpty() ? "" : ", here=" + why));
    }

    public Path directory() {
        return directory.path();
    }

    public Fences fences() {
        return fences;
    }

    public Participants participants() {
        return participants;
    }

    public Bells bells() {
        return bells;
    }

    public DeathWatch deathWatch() {
        return deathWatch;
    }

    public Resources resources() {
        return resources;
    }

    /**
     * Adds a user that {@link #close} closes with {@code closer}; the user ends with {@link #release}. If the domain is
     * being closed at this moment, {@code closer} runs before this returns.
     *
     * @throws IllegalStateException if the domain is closed, and there is no new user
     */
    public void retain(Runnable closer) {
        if (closers.isClosed() || !lifetime.retain()) {
            throw closed();
        }
        closers.add(closer);
    }

    /** Ends the user that was added with the same {@code closer}. */
    public void release(Runnable closer) {
        if (closers.remove(closer)) {
            lifetime.release();
        }
    }

    /** Runs {@code operation} on the shared memory, which stays mapped until it has ended. */
    public <T> T use(Supplier<T> operation) {
        if (closers.isClosed() || !lifetime.retain()) {
            throw closed();
        }
        try {
            return operation.get();
        } finally {
            lifetime.release();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("domain is closed: directory=" + directory.path());
    }

    /** Closes all users, wakes their sleepers, and leaves the domain when the last one has left its operation. */
    public void close() {
        if (closers.close()) {
            closers.closeAll(() -> {
                ringOwnBells();
                bells.close();
                lifetime.release();
            });
        }
    }

    public boolean isClosed() {
        return closers.isClosed();
    }

    /** Adds what wakes this process's sleepers on words of a resource; called when somebody died or something closes. */
    public void addAlarm(Runnable alarm) {
        alarms.add(alarm);
    }

    /** Takes an alarm away; a call that is under way may still come to its end later. */
    public void removeAlarm(Runnable alarm) {
        alarms.remove(alarm);
    }

    /** Wakes every sleeper of this process, so that it sees what was closed, or who died. */
    public void ringOwnBells() {
        if (lifetime.retain()) {
            try {
                bells.ringOwn();
                alarms.forEach(Runnable::run);
            } finally {
                lifetime.release();
            }
        }
    }

    private void end() {
        try {
            deathWatch.close();
            bells.leave();
            participants.leave();
        } finally {
            file.release();
        }
    }
}
