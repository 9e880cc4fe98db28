package io.sluice.rwlock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * What the locks of every reach share: which thread of this process holds what, how often, and the holds. What lies
 * below, one holder of lanes and one writer, is the subclass's.
 *
 * <p>A <i>section</i> is one exclusive ownership by this process; its count falls to zero when the view and the last
 * write hold have left it. The word holds a generation beside the count, so that a hold can be told from one of a later
 * section.
 */
abstract class ThreadedLock implements FencedReadWriteLock {
    private static final long GENERATION = 1L << 32;
    private static final int RECENT = 64;
    private static final VarHandle WRITER;

    static {
        try {
            WRITER = MethodHandles.lookup().findVarHandle(ThreadedLock.class, "writer", ThreadHolds.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String name;
    /** Weak, or every thread that ever used the lock would keep it. */
    @SuppressWarnings("ThreadLocalUsage") // one for each lock
    private final ThreadLocal<WeakReference<ThreadHolds>> local = new ThreadLocal<>();

    private final @Nullable ThreadHolds[] recent = new ThreadHolds[RECENT];
    private final ReadWriteLock view = new ThreadView(this, recent);
    private final Set<ThreadHolds> all = ConcurrentHashMap.newKeySet();
    private final AtomicLong section = new AtomicLong();
    private final AtomicInteger users = new AtomicInteger();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AsyncQueue readQueue;
    private final AsyncQueue writeQueue;

    /** Of the section; after it perhaps still, but no other thread takes that for its own. */
    private @Nullable volatile ThreadHolds writer;

    /** Whether this section has been given out as a hold, which any thread may use; plain until then. */
    private boolean sectionHasHolds;

    private volatile boolean closed;

    ThreadedLock(String name) {
        this.name = name;
        this.readQueue = new AsyncQueue("sluice-lock-read-" + name, new Entrance(LockMode.READ));
        this.writeQueue = new AsyncQueue("sluice-lock-write-" + name, new Entrance(LockMode.WRITE));
    }

    // ------------------------------------------------------------ what a reach supplies

    /** For a thread that uses the lock for the first time. */
    abstract ThreadHolds newHolds(Thread thread);

    /** Whether that thread reads on a lane that its {@link ThreadHolds} does not know of. */
    boolean readsOtherwise(Thread thread) {
        return false;
    }

    /** The lane for those who have none of their own. */
    abstract int sharedLane();

    /** One more hold on a counted lane, through the gate. */
    abstract Outcome enterCounted(int lane, Patience patience);

    /** One more hold on a counted lane, not through the gate: its thread holds otherwise. */
    abstract void addCounted(int lane);

    abstract void leaveCounted(int lane);

    /** Exclusive ownership for this process; runs the repair callback where one is due. */
    abstract Outcome enterExclusive(Patience patience);

    abstract void leaveExclusive();

    /** Of the present or last exclusive ownership, in whichever process. */
    abstract long token();

    /** Whether a writer died, and the data is not mended; for the exclusive owner. */
    abstract boolean previousOwnerDied();

    abstract boolean readersDied();

    abstract void markMended();

    /** Whether those who enter and leave need no full fence against {@link #heavyFence}. */
    abstract boolean hasLightFence();

    /** On the side of the closer. */
    abstract void heavyFence();

    /** Wakes all who wait in this process, so that they see that the lock is closed. */
    abstract void wakeAll();

    /** Nobody uses the lock any more. */
    abstract void end();

    // ------------------------------------------------------------ threads

    @Override
    public final String name() {
        return name;
    }

    /** Of the calling thread. */
    final ThreadHolds holds() {
        return holds(recent, Thread.currentThread());
    }

    /** Found in {@code recent} by the thread's number, or, where another thread sits there, as a thread-local. */
    final ThreadHolds holds(@Nullable ThreadHolds[] recent, Thread current) {
        ThreadHolds found = recent[(int) current.getId() & (recent.length - 1)];
        return found != null && found.thread() == current ? found : findHolds(current);
    }

    /** What {@link #holds} finds first; null where it would have to look further. */
    final @Nullable ThreadHolds recentHolds(Thread thread) {
        ThreadHolds found = recent[(int) thread.getId() & (RECENT - 1)];
        return found != null && found.thread() == thread ? found : null;
    }

    private ThreadHolds findHolds(Thread thread) {
        WeakReference<ThreadHolds> known = local.get();
        ThreadHolds mine = known == null ? null : known.get();
        if (mine == null) {
            mine = newHolds();
            local.set(new WeakReference<>(mine));
        }
        int index = (int) thread.getId() & (RECENT - 1);
        ThreadHolds other = recent[index];
        if (other == null || !other.thread().isAlive()) {
            recent[index] = mine; // a race between two is harmless: the fields that are read are final
        }
        return mine;
    }

    private ThreadHolds newHolds() {
        users.incrementAndGet(); // the reach's memory is touched
        try {
            if (closed) {
                throw closedException();
            }
            ThreadHolds holds = newHolds(Thread.currentThread());
            all.add(holds);
            if (closed) { // the closer may not have seen it
                holds.close();
            }
            return holds;
        } finally {
            releaseUser();
        }
    }

    /** All that have not been {@link #forget forgotten}. */
    final Set<ThreadHolds> allHolds() {
        return all;
    }

    final void forget(ThreadHolds holds) {
        all.remove(holds);
        int index = (int) holds.thread().getId() & (RECENT - 1);
        if (recent[index] == holds) {
            recent[index] = null;
        }
    }

    @Override
    public final ReadWriteLock asReadWriteLock() {
        return view;
    }

    @Override
    public final ReadWriteLock ofCurrentThread() {
        return holds().view();
    }

    // ------------------------------------------------------------ sections

    /** Waits for exclusive ownership on behalf of a thread, which does not have it. */
    final Outcome beginSection(ThreadHolds mine, Patience patience) {
        Outcome outcome = patience.end(enterExclusive(patience));
        if (outcome == Outcome.ACQUIRED) {
            startSection(mine);
        }
        return outcome;
    }

    private long startSection(@Nullable ThreadHolds mine) {
        sectionHasHolds = false;
        WRITER.setRelease(this, mine); // before the count: who sees the count sees its writer
        long started = (section.get() & -GENERATION) + GENERATION + 1;
        section.lazySet(started);
        return started & -GENERATION;
    }

    /** One more user of the section that {@code mine} is in; false if it is in none. */
    final boolean pinSection(ThreadHolds mine) {
        while (true) {
            long seen = section.get();
            if ((int) seen == 0 || writer != mine) {
                return false;
            }
            if ((int) seen >= MAX_HOLDS) {
                throw tooMany(LockMode.WRITE);
            }
            if (section.compareAndSet(seen, seen + 1)) {
                return true;
            }
        }
    }

    /** As {@link #pinSection(ThreadHolds)}, of what that thread holds. */
    final boolean pinSection(Thread thread) {
        ThreadHolds mine = writer;
        return mine != null && mine.thread() == thread && pinSection(mine);
    }

    /** One more user of the section of that generation; false if it is over. */
    final boolean pinSection(long generation) {
        while (true) {
            long seen = section.get();
            if ((int) seen == 0 || (seen & -GENERATION) != generation) {
                return false;
            }
            if (section.compareAndSet(seen, seen + 1)) {
                return true;
            }
        }
    }

    /** Takes one user away, by any thread; the last one ends the section. */
    final void releaseSection() {
        if ((int) section.decrementAndGet() == 0) {
            leaveSection();
        }
    }

    /** As {@link #releaseSection}, by the thread that began the section and knows whom it gave it to. */
    final void releaseOwnSection() {
        long seen = section.get();
        if (!sectionHasHolds && (int) seen == 1) {
            section.lazySet(seen - 1);
            leaveSection();
        } else {
            releaseSection();
        }
    }

    private void leaveSection() {
        WRITER.setRelease(this, null); // before the next section's
        leaveExclusive();
    }

    // ------------------------------------------------------------ holds

    @Override
    public final Hold read() {
        return acquire(LockMode.READ, Patience.unlimited());
    }

    @Override
    public final Hold write() {
        return acquire(LockMode.WRITE, Patience.unlimited());
    }

    @Override
    public final Hold readInterruptibly() throws InterruptedException {
        return acquireInterruptibly(LockMode.READ, Patience.untilInterrupted());
    }

    @Override
    public final Hold writeInterruptibly() throws InterruptedException {
        return acquireInterruptibly(LockMode.WRITE, Patience.untilInterrupted());
    }

    @Override
    public final Hold read(Duration timeout) throws InterruptedException {
        return acquireInterruptibly(LockMode.READ, Patience.limited(Patience.nanos(timeout)));
    }

    @Override
    public final Hold write(Duration timeout) throws InterruptedException {
        return acquireInterruptibly(LockMode.WRITE, Patience.limited(Patience.nanos(timeout)));
    }

    @Override
    public final @Nullable Hold tryRead() {
        return tryAcquire(LockMode.READ);
    }

    @Override
    public final @Nullable Hold tryWrite() {
        return tryAcquire(LockMode.WRITE);
    }

    private @Nullable Hold tryAcquire(LockMode mode) {
        ThreadHolds mine = holds();
        Outcome outcome = enter(mine, mode, Patience.none());
        if (outcome == Outcome.TIMED_OUT) {
            return null;
        }
        require(outcome, mode, Patience.none());
        return newHold(mode, mine);
    }

    private Hold acquire(LockMode mode, Patience patience) {
        ThreadHolds mine = holds();
        require(enter(mine, mode, patience), mode, patience);
        return newHold(mode, mine);
    }

    private Hold acquireInterruptibly(LockMode mode, Patience patience) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        ThreadHolds mine = holds();
        requireUninterrupted(enter(mine, mode, patience), mode, patience);
        return newHold(mode, mine);
    }

    /** On success the lock has one user more, which is to be the hold. */
    private Outcome enter(ThreadHolds mine, LockMode mode, Patience patience) {
        users.incrementAndGet();
        boolean acquired = false;
        try {
            if (closed) {
                return Outcome.CLOSED;
            }
            Outcome outcome = mode == LockMode.READ ? mine.enterCounted(patience) : enterWrite(mine, patience);
            acquired = outcome == Outcome.ACQUIRED;
            return outcome;
        } finally {
            if (!acquired) {
                releaseUser();
            }
        }
    }

    private Outcome enterWrite(ThreadHolds mine, Patience patience) {
        if (pinSection(mine)) {
            return Outcome.ACQUIRED;
        }
        mine.refuseUpgrade();
        return beginSection(mine, patience);
    }

    private Hold newHold(LockMode mode, ThreadHolds mine) {
        if (mode == LockMode.READ) {
            return new ReadHold(this, mine.unit());
        }
        return newWriteHold(mine, section.get() & -GENERATION);
    }

    private Hold newWriteHold(@Nullable ThreadHolds mine, long generation) {
        sectionHasHolds = true;
        return new WriteHold(this, mine, generation);
    }

    /** A read hold for a thread whose write section is pinned by the caller; the lock may be closed. */
    final Hold readUnder(ThreadHolds mine) {
        addUser();
        boolean held = false;
        try {
            require(mine.enterCounted(Patience.none()), LockMode.READ, Patience.none());
            held = true;
            return new ReadHold(this, mine.unit());
        } finally {
            if (!held) {
                releaseUser();
            }
        }
    }

    // ------------------------------------------------------------ asynchronous

    @Override
    public final CompletableFuture<Hold> readAsync() {
        return acquireAsync(LockMode.READ, Patience.noLimit());
    }

    @Override
    public final CompletableFuture<Hold> writeAsync() {
        return acquireAsync(LockMode.WRITE, Patience.noLimit());
    }

    @Override
    public final CompletableFuture<Hold> readAsync(Duration timeout) {
        return acquireAsync(LockMode.READ, Patience.nanos(timeout));
    }

    @Override
    public final CompletableFuture<Hold> writeAsync(Duration timeout) {
        return acquireAsync(LockMode.WRITE, Patience.nanos(timeout));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what hangs on them does not fail
    private CompletableFuture<Hold> acquireAsync(LockMode mode, long nanos) {
        users.incrementAndGet();
        if (closed) {
            releaseUser();
            throw closedException();
        }
        CompletableFuture<Hold> future = new CompletableFuture<>();
        Outcome now = Outcome.CANCELLED;
        try {
            now = enter(mode, Patience.none());
        } catch (RuntimeException | Error e) { // of a repair callback
            grant(future, mode, null, e);
            return future;
        }
        if (now != Outcome.TIMED_OUT) {
            grant(future, mode, now, null);
            return future;
        }
        CompletableFuture<Outcome> request;
        try {
            request = queue(mode).submit(nanos);
        } catch (OutOfMemoryError e) { // no thread
            grant(future, mode, null, e);
            return future;
        }
        request.whenComplete((outcome, failure) -> grant(future, mode, outcome, failure));
        future.whenComplete((hold, failure) -> request.complete(Outcome.CANCELLED));
        return future;
    }

    /** For nobody in particular. */
    private Outcome enter(LockMode mode, Patience patience) {
        return mode == LockMode.READ ? enterCounted(sharedLane(), patience) : enterExclusive(patience);
    }

    /** How the queues' threads get at the lock. */
    private final class Entrance implements AsyncQueue.Entrance {
        private final LockMode mode;

        Entrance(LockMode mode) {
            this.mode = mode;
        }

        @Override
        public boolean retain() {
            return retainUser();
        }

        @Override
        public void release() {
            releaseUser();
        }

        @Override
        public Outcome enter(Patience patience) {
            return ThreadedLock.this.enter(mode, patience);
        }

        @Override
        public void leave() {
            if (mode == LockMode.READ) {
                leaveCounted(sharedLane());
            } else {
                leaveExclusive();
            }
        }
    }

    private AsyncQueue queue(LockMode mode) {
        return mode == LockMode.READ ? readQueue : writeQueue;
    }

    private void grant(
            CompletableFuture<Hold> future, LockMode mode, @Nullable Outcome outcome, @Nullable Throwable failure) {
        if (outcome == Outcome.ACQUIRED) {
            Hold hold = mode == LockMode.READ
                    ? new ReadHold(this, new ReadUnit(this, sharedLane(), 1))
                    : newWriteHold(null, startSection(null));
            if (!future.complete(hold)) {
                hold.close();
            }
            return;
        }
        try {
            if (failure != null) {
                future.completeExceptionally(failure);
            } else if (outcome != null && outcome != Outcome.CANCELLED) {
                future.completeExceptionally(exception(outcome, mode, ""));
            }
        } finally {
            releaseUser();
        }
    }

    /** For a thread that must not sleep on shared words: has the queue's thread wait for it. */
    final Outcome delegate(LockMode mode, Patience patience) {
        CompletableFuture<Outcome> request = queue(mode).submit(patience.left());
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return request.get();
                } catch (InterruptedException e) {
                    if (patience.isInterruptible() && request.complete(Outcome.INTERRUPTED)) {
                        return Outcome.INTERRUPTED;
                    }
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new CompletionException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ------------------------------------------------------------ outcomes as exceptions

    final void require(Outcome outcome, LockMode mode, Patience patience) {
        if (outcome != Outcome.ACQUIRED) {
            throw exception(outcome, mode, waited(patience));
        }
    }

    final void requireUninterrupted(Outcome outcome, LockMode mode, Patience patience) throws InterruptedException {
        if (outcome == Outcome.INTERRUPTED) {
            throw new InterruptedException();
        }
        require(outcome, mode, patience);
    }

    private static String waited(Patience patience) {
        return patience.isNone() ? "" : ", waited=" + patience.waited() / 1000 + "us";
    }

    private RuntimeException exception(Outcome outcome, LockMode mode, String waited) {
        return switch (outcome) {
            case CLOSED -> closedException();
            case INCONSISTENT ->
                new InconsistentDataException(
                        "a writer died in its section and nobody has mended the data: lock=" + name);
            case TIMED_OUT ->
                new LockTimeoutException(
                        "not acquired in time: lock=" + name + ", mode=" + mode + waited + ", parties=" + partiesNow());
            case ACQUIRED, INTERRUPTED, CANCELLED ->
                new IllegalStateException("unexpected: lock=" + name + ", outcome=" + outcome);
        };
    }

    private Object partiesNow() {
        try {
            List<LockParty> parties = parties();
            return parties.isEmpty() ? describe().strip() : parties;
        } catch (IllegalStateException e) {
            return "closed";
        }
    }

    final IllegalStateException closedException() {
        return new IllegalStateException("lock is closed: lock=" + name);
    }

    final IllegalStateException tooMany(LockMode mode) {
        return new IllegalStateException(
                "too many holds of one thread: lock=" + name + ", mode=" + mode + ", holds=" + MAX_HOLDS);
    }

    // ------------------------------------------------------------ closing

    final boolean isClosed() {
        return closed;
    }

    /** As {@link #retainUser}, by who holds already: the lock may be closed. */
    final void addUser() {
        users.incrementAndGet();
    }

    /** Keeps the reach's memory; false if the lock is closed. */
    final boolean retainUser() {
        addUser();
        if (closed) {
            releaseUser();
            return false;
        }
        return true;
    }

    final void releaseUser() {
        users.decrementAndGet(); // a full fence
        if (closed) {
            endIfUnused();
        }
    }

    @Override
    public void close() {
        users.incrementAndGet();
        closed = true;
        all.forEach(ThreadHolds::close);
        heavyFence();
        if (!ended.get()) {
            wakeAll();
        }
        releaseUser();
    }

    /** Ends the lock if nothing is held and nobody is inside. */
    final void endIfUnused() {
        VarHandle.fullFence(); // of two who leave at once, the later sees that the other has gone
        if (users.get() != 0) {
            return;
        }
        for (ThreadHolds holds : all) {
            if (holds.isInUse()) {
                return;
            }
        }
        if (ended.compareAndSet(false, true)) {
            end();
        }
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + ": name=" + name + (closed ? ", closed=true" : ", token=" + token());
    }
}
