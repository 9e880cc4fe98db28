package io.sluice.dist;

import io.sluice.rwlock.FencedReadWriteLock;
import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockMode;
import io.sluice.rwlock.LockParty;
import io.sluice.rwlock.LockTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;

/**
 * A {@link FencedReadWriteLock} in Redis, for all clients that open the same name with the same prefix on the same Redis:
 * a single server, one with replicas, sentinels or a cluster, however the {@link RedissonClient} is configured. The client
 * stays its owner's: no method here closes it.
 *
 * <p><b>Leases.</b> A hold is good for one lease, and renewed while it is open by a thread that all locks of a client
 * share. Who dies, or cannot reach Redis, loses its holds when their lease is over, and not before. A holder knows by its
 * own clocks, no later than others can get in: {@link Hold#isValid} turns false, {@link Hold#onLost} runs, and closing the
 * hold, or unlocking the view, throws {@link HoldLostException}; until then the thread's further acquisitions do. Between
 * a check and what is done after it a process may be paused for any time: what must not happen twice belongs in a {@link
 * FencedResource}, which compares tokens. PROTOCOL.md lists when two may believe that they hold the lock.
 *
 * <p><b>Waiting.</b> Waiting writers close the gate to new readers; their intent ends by itself within 2.5 s of the death
 * of their client. Writers get in in about the order of their coming. Whoever waits is woken by a message, and asks again
 * by itself within a second should that be lost.
 *
 * <p><b>Time.</b> An uncontended acquisition is one round trip, a release is another one. Calls with a time-out end in
 * time also when Redis is down; a time-out below 200 ms waits for the first answer for up to 200 ms. Calls without a
 * time-out go on through outages that are shorter than a lease. Closing a hold waits for Redis's answer for at most a
 * second, except in actions that depend on an asynchronous acquisition, where it does not wait at all. Such an action runs
 * in a thread of the client unless it is given an executor, and there acquiring calls are refused.
 *
 * <p><b>Failures.</b> {@link RedisUnavailableException}, {@link RedisOutcomeUnknownException}, {@link
 * RedisAccessException}, {@link RedisReadOnlyException}, {@link RedisMemoryException}, else {@link RedisLockException}. A
 * request that failed leaves nothing behind for longer than a lease.
 *
 * <p>A lease that ran out in a write section shows in the next write hold as {@link Hold#previousOwnerDied}; readers are
 * not refused, and the mark ends with that hold. Optimistic reads are not supported: the stamp is always 0.
 */
public final class DistributedReadWriteLock implements FencedReadWriteLock {
    private final RemoteLock remote;

    @SuppressWarnings("ThreadLocalUsage") // one for each lock; its values refer to the lock only while they hold it
    private final ThreadLocal<ThreadState> states =
            ThreadLocal.withInitial(() -> new ThreadState(Thread.currentThread()));

    private final ReadWriteLock view = new DistributedView(this, null);

    private DistributedReadWriteLock(RemoteLock remote) {
        this.remote = remote;
    }

    /** Opens the lock {@code name} with the defaults of {@link Builder}. */
    public static DistributedReadWriteLock open(RedissonClient client, String name) {
        return named(name).open(client);
    }

    /**
     * Begins the description of a lock.
     *
     * @param name not empty, without braces
     * @throws IllegalArgumentException if the name is not like that
     */
    public static Builder named(String name) {
        return new Builder(check("lock", name));
    }

    private static String check(String what, String text) {
        if (text.isEmpty() || text.contains("{") || text.contains("}")) {
            throw new IllegalArgumentException("must not be empty nor hold a brace: " + what + "=" + text);
        }
        return text;
    }

    /** How a lock is to be, for this object; not thread-safe. All clients should use the same. */
    public static final class Builder {
        private static final Duration MIN_LEASE = Duration.ofSeconds(1);
        private static final Duration MAX_LEASE = Duration.ofHours(1);

        private final String name;
        private String prefix = "sluice";
        private Duration lease = Duration.ofSeconds(10);
        private Duration maxHold = Settings.UNLIMITED;
        private int readersAfter;
        private int replicas;
        private Duration replicaTimeout = Duration.ZERO;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets how long others wait after a holder died or was cut off, and how long a holder may be paused or cut off
         * without losing its hold. 10 s without it. In the moment in which a release has handed the lock to a writer that
         * waited, and until Redis has confirmed that, it is half a second to a second.
         *
         * @param duration 1 s to 1 h
         */
        public Builder lease(Duration duration) {
            if (duration.compareTo(MIN_LEASE) < 0 || duration.compareTo(MAX_LEASE) > 0) {
                throw new IllegalArgumentException("lease must be 1 s to 1 h: lock=" + name + ", lease=" + duration);
            }
            lease = duration;
            return this;
        }

        /**
         * Has a hold end, as lost, that has been open for so long. No limit without it.
         *
         * @param duration positive
         */
        public Builder maxHold(Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException("must be positive: lock=" + name + ", maxHold=" + duration);
            }
            maxHold = duration.toDays() > MAX_DAYS ? Settings.UNLIMITED : duration;
            return this;
        }

        private static final long MAX_DAYS = 36_500;

        /**
         * Bounds the starvation of readers: after so many write holds in a row that readers waited for, those who wait
         * are let in once, for which the next writer waits up to 1.2 s if they do not come. Without it writers are
         * preferred without bound.
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
         * Has an acquisition succeed only when so many replicas have confirmed it (WAIT). A failover to one of them then
         * keeps the hold; to another one it may still lose it, for Redis does not ask them who is ahead. An acquisition
         * that is not confirmed is given back and fails with {@link RedisUnavailableException}.
         *
         * @param number 1 or more, or 0 for none
         * @param timeout how long to wait for them, positive
         */
        public Builder replicas(int number, Duration timeout) {
            if (number < 0 || (number > 0 && (timeout.isNegative() || timeout.isZero()))) {
                throw new IllegalArgumentException("must not be negative, nor the time-out zero: lock=" + name
                        + ", replicas=" + number + ", timeout=" + timeout);
            }
            replicas = number;
            replicaTimeout = timeout;
            return this;
        }

        /**
         * Sets what the lock's keys and channels begin with, after the brace: {@code sluice} without it. All are
         * <code>{prefix:name}</code> and that with a suffix.
         *
         * @param text not empty, without braces
         */
        public Builder keyPrefix(String text) {
            prefix = check("keyPrefix", text);
            return this;
        }

        /** Opens the lock. Asks nothing of Redis, which may be down. */
        public DistributedReadWriteLock open(RedissonClient client) {
            return new DistributedReadWriteLock(new RemoteLock(
                    client, new Settings(name, prefix, lease, maxHold, readersAfter, replicas, replicaTimeout)));
        }
    }

    @Override
    public String name() {
        return remote.settings().name();
    }

    // ------------------------------------------------------------ entering, for the views and for holds

    /** Of the calling thread. */
    ThreadState state() {
        return states.get();
    }

    Lease enter(ThreadState mine, LockMode mode, long nanos, boolean asView) {
        try {
            return acquire(mine, mode, nanos, asView, false);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    Lease enterInterruptibly(ThreadState mine, LockMode mode, long nanos, boolean asView) throws InterruptedException {
        return acquire(mine, mode, nanos, asView, true);
    }

    /** Null if it is not to have at once. */
    @Nullable
    Lease tryEnter(ThreadState mine, LockMode mode, boolean asView) {
        try {
            return enter(mine, mode, 0, asView);
        } catch (LockTimeoutException refused) {
            return null;
        }
    }

    /** Null if it is not to have in time. */
    @Nullable
    Lease tryEnter(ThreadState mine, LockMode mode, long nanos, boolean asView) throws InterruptedException {
        try {
            return enterInterruptibly(mine, mode, nanos, asView);
        } catch (LockTimeoutException late) {
            return null;
        }
    }

    private Lease acquire(ThreadState mine, LockMode mode, long nanos, boolean asView, boolean interruptible)
            throws InterruptedException {
        if (interruptible && Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (remote.isClosed()) {
            throw remote.closedException();
        }
        Lease again = mine.enterAgain(name(), mode, asView);
        if (again != null) {
            return again;
        }
        Lease lease = ask(mode, nanos, interruptible);
        mine.enter(lease, mode, asView);
        return lease;
    }

    private Lease ask(LockMode mode, long nanos, boolean interruptible) throws InterruptedException {
        if (Callbacks.isInside()) {
            throw new IllegalStateException(
                    "must not wait in a thread that delivers answers, give the action an executor: lock=" + name());
        }
        LockEvents.Contended event = LockEvents.contended();
        Acquisition request = remote.request(mode, Thread.currentThread().getName(), nanos);
        String outcome = "failed";
        try {
            Lease lease = request.await(interruptible);
            if (lease == null) {
                throw request.timeout();
            }
            outcome = "acquired";
            return lease;
        } catch (RuntimeException | InterruptedException e) {
            outcome = outcome(e);
            throw e;
        } finally {
            if (event != null && request.wasContended()) {
                LockEvents.commit(event, name(), mode, outcome);
            }
        }
    }

    private String outcome(Throwable problem) {
        if (problem instanceof LockTimeoutException) {
            return "timed_out";
        }
        if (problem instanceof InterruptedException) {
            return "interrupted";
        }
        if (problem instanceof CancellationException) {
            return "cancelled";
        }
        return remote.isClosed() ? "closed" : "failed";
    }

    // ------------------------------------------------------------ holds

    private Hold hold(Lease lease, LockMode mode, @Nullable ThreadState counted) {
        return new DistributedHold(name(), lease, mode, counted);
    }

    @Override
    public Hold read() {
        return waitFor(LockMode.READ);
    }

    @Override
    public Hold write() {
        return waitFor(LockMode.WRITE);
    }

    private Hold waitFor(LockMode mode) {
        ThreadState mine = state();
        return hold(enter(mine, mode, Acquisition.NO_LIMIT, false), mode, mine);
    }

    @Override
    public Hold readInterruptibly() throws InterruptedException {
        return waitInterruptibly(LockMode.READ, Acquisition.NO_LIMIT);
    }

    @Override
    public Hold writeInterruptibly() throws InterruptedException {
        return waitInterruptibly(LockMode.WRITE, Acquisition.NO_LIMIT);
    }

    /** {@inheritDoc} */
    @Override
    public Hold read(Duration timeout) throws InterruptedException {
        return waitInterruptibly(LockMode.READ, nanos(timeout));
    }

    /** {@inheritDoc} */
    @Override
    public Hold write(Duration timeout) throws InterruptedException {
        return waitInterruptibly(LockMode.WRITE, nanos(timeout));
    }

    private Hold waitInterruptibly(LockMode mode, long nanos) throws InterruptedException {
        ThreadState mine = state();
        return hold(enterInterruptibly(mine, mode, nanos, false), mode, mine);
    }

    private static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("time-out must not be negative: timeout=" + timeout);
        }
        return timeout.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L - 1 ? Acquisition.NO_LIMIT : timeout.toNanos();
    }

    @Override
    public @Nullable Hold tryRead() {
        return tryHold(LockMode.READ);
    }

    @Override
    public @Nullable Hold tryWrite() {
        return tryHold(LockMode.WRITE);
    }

    private @Nullable Hold tryHold(LockMode mode) {
        ThreadState mine = state();
        Lease lease = tryEnter(mine, mode, false);
        return lease == null ? null : hold(lease, mode, mine);
    }

    // ------------------------------------------------------------ asynchronous

    @Override
    public CompletableFuture<Hold> readAsync() {
        return async(LockMode.READ, Acquisition.NO_LIMIT);
    }

    @Override
    public CompletableFuture<Hold> writeAsync() {
        return async(LockMode.WRITE, Acquisition.NO_LIMIT);
    }

    /** {@inheritDoc} */
    @Override
    public CompletableFuture<Hold> readAsync(Duration timeout) {
        return async(LockMode.READ, nanos(timeout));
    }

    /** {@inheritDoc} */
    @Override
    public CompletableFuture<Hold> writeAsync(Duration timeout) {
        return async(LockMode.WRITE, nanos(timeout));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what hangs on them does not fail
    private CompletableFuture<Hold> async(LockMode mode, long nanos) {
        LockEvents.Contended event = LockEvents.contended();
        Acquisition request = remote.request(mode, "", nanos);
        request.limitByTimer();
        CompletableFuture<Hold> future = new CompletableFuture<>();
        request.result()
                .whenComplete((lease, failure) -> Callbacks.run(() -> {
                    Throwable problem = lease == null && failure == null ? request.timeout() : failure;
                    if (event != null && request.wasContended()) {
                        LockEvents.commit(event, name(), mode, problem == null ? "acquired" : outcome(problem));
                    }
                    if (problem != null) {
                        future.completeExceptionally(problem);
                    } else if (lease != null) {
                        Hold hold = hold(lease, mode, null);
                        if (!future.complete(hold)) {
                            hold.close();
                        }
                    }
                }));
        future.whenComplete((hold, failure) -> request.withdraw(new CancellationException()));
        return future;
    }

    // ------------------------------------------------------------ optimistic reading

    /** Always 0: a stamp that cannot be lost between the check and the use does not exist across hosts. */
    @Override
    public long tryOptimisticRead() {
        if (remote.isClosed()) {
            throw remote.closedException();
        }
        return 0;
    }

    /** Always false. */
    @Override
    public boolean validate(long stamp) {
        return false;
    }

    // ------------------------------------------------------------ views

    @Override
    public ReadWriteLock asReadWriteLock() {
        return view;
    }

    @Override
    public ReadWriteLock ofCurrentThread() {
        return new DistributedView(this, state());
    }

    // ------------------------------------------------------------ looking

    /**
     * {@inheritDoc} One round trip to Redis; the first thousand of each kind.
     *
     * @throws RedisLockException if Redis does not answer
     */
    @Override
    public List<LockParty> parties() {
        return remote.look().parties();
    }

    /**
     * {@inheritDoc} One round trip to Redis; the first thousand of each kind: host, pid, thread, age, and of holders what
     * is left of the lease.
     *
     * @throws RedisLockException if Redis does not answer
     */
    @Override
    public String describe() {
        return remote.look().describe(remote.settings(), remote.place().address());
    }

    // ------------------------------------------------------------ closing

    /** {@inheritDoc} Others' lock objects of the same name, and the client, are not affected. */
    @Override
    public void close() {
        remote.close();
    }

    @Override
    public String toString() {
        return "DistributedReadWriteLock: name=" + name() + ", address="
                + remote.place().address() + (remote.isClosed() ? ", closed=true" : "");
    }
}
