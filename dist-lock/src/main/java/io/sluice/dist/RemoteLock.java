package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RedissonClient;

/** The lock as this object knows it in Redis: its requests, its holds, its scripts. Knows nothing of threads. */
final class RemoteLock {
    private static final LuaScript READ = LuaScript.load("read.lua");
    private static final LuaScript WRITE = LuaScript.load("write.lua");
    private static final LuaScript RELEASE = LuaScript.load("release.lua", "settle.lua");
    private static final LuaScript DOWNGRADE = LuaScript.load("downgrade.lua", "settle.lua");
    private static final LuaScript LEAVE = LuaScript.load("leave.lua", "settle.lua");
    private static final LuaScript RENEW = LuaScript.load("renew.lua");
    private static final LuaScript DESCRIBE = LuaScript.load("describe.lua");

    /** So long a writer that waits keeps the gate closed after its last ask, and a reader counts as waiting. */
    private static final String INTENT_MICROS = "2500000";

    private static final String NO_INTENT = "0";
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SUCCESSION_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Settings settings;
    private final Keys keys;
    private final RedisLink link;
    private final ClientRuntime runtime;
    private final RequestId.Source ids = new RequestId.Source();
    private final AtomicLong seen = new AtomicLong();
    private final Leases leases = new Leases(this);
    private final WriterLine line = new WriterLine();
    private final Set<Acquisition> waiting = ConcurrentHashMap.newKeySet();
    private final Wakeups wakeups;
    private final AtomicInteger outstanding = new AtomicInteger(); // asks, and changes that Redis has not made yet
    private final AtomicBoolean ended = new AtomicBoolean();
    private final String leaseMicros;
    private final String publish;
    private volatile boolean waited;
    private volatile boolean closed;

    RemoteLock(RedissonClient client, Settings settings) {
        this.settings = settings;
        this.keys =
                Keys.of(settings.prefix(), settings.name(), client.getConfig().getNameMapper());
        this.link = new RedisLink(client, settings.name(), settings.answerTimeout());
        this.wakeups = new Wakeups(this, client, Keys.channel(settings.prefix(), settings.name()), ids.client());
        this.leaseMicros = String.valueOf(settings.lease().toNanos() / 1000);
        this.publish = client.getConfig().isClusterConfig() ? "SPUBLISH" : "PUBLISH";
        this.runtime = ClientRuntime.retain(client);
    }

    Settings settings() {
        return settings;
    }

    Leases leases() {
        return leases;
    }

    Wakeups wakeups() {
        return wakeups;
    }

    RedisLockException.Place place() {
        return link.place();
    }

    RedisLockException exception(@Nullable Throwable failure) {
        return link.exception(failure == null ? new IllegalStateException("no answer") : failure);
    }

    boolean isPassing(RedisLockException failure) {
        return link.isPassing(failure);
    }

    RedisLockException noAnswer(Duration waitedFor) {
        return link.noAnswer(waitedFor);
    }

    void saw(long redisMicros) {
        link.saw(redisMicros);
    }

    /** As {@link #timer}, never called off. */
    @SuppressWarnings("FutureReturnValueIgnored") // tasks do not fail
    void after(long nanos, Runnable task) {
        runtime.after(nanos, task);
    }

    /** Runs {@code task}, which neither blocks nor throws. */
    Future<?> timer(long nanos, Runnable task) {
        return runtime.after(nanos, task);
    }

    long answerNanos() {
        return settings.answerTimeout().toNanos();
    }

    long maxHoldNanos() {
        return settings.maxHold().equals(Settings.UNLIMITED)
                ? Long.MAX_VALUE
                : settings.maxHold().toNanos();
    }

    // ------------------------------------------------------------ acquiring

    /** Begins to ask for a hold, for {@code nanos} as in {@link Acquisition}; {@code thread}: its name, for people. */
    Acquisition request(LockMode mode, String thread, long nanos) {
        if (closed) {
            throw closedException();
        }
        Acquisition request = new Acquisition(this, mode, ids.next(thread), nanos);
        if (mode == LockMode.WRITE && request.waits()) {
            line.enter(request);
            if (closed) { // the closer may not have seen it
                request.withdraw(closedException());
            }
        } else {
            request.ask();
        }
        return request;
    }

    /** {@code goodNanos}: how long from now Redis may grant it. */
    void ask(Acquisition request, boolean again, long goodNanos, RedisLink.Receiver asker) {
        outstanding.incrementAndGet();
        RedisLink.Receiver receiver = (answer, failure) -> {
            asker.accept(answer, failure);
            settled();
        };
        boolean write = request.mode() == LockMode.WRITE;
        Object[] arguments = {
            request.id(),
            leaseMicros,
            request.waits() ? INTENT_MICROS : NO_INTENT,
            String.valueOf(seen.get()),
            String.valueOf(link.redisMicrosIn(goodNanos)),
            again ? "1" : "0"
        };
        LuaScript script = write ? WRITE : READ;
        if (settings.replicas() > 0) {
            RedisLink.Replicas replicas = new RedisLink.Replicas(settings.replicas(), settings.replicaTimeout());
            link.runReplicated(script, keys.all(), arguments, replicas, receiver);
        } else {
            link.run(script, keys.all(), arguments, receiver);
        }
    }

    /** Whether the token is not below one that this object has seen; remembers it. */
    boolean accepts(long token) {
        return seen.accumulateAndGet(token, Math::max) == token;
    }

    /** The request goes on waiting. */
    void waiting(Acquisition request) {
        waited = true;
        waiting.add(request);
        if (request.isOver()) {
            waiting.remove(request);
        } else if (closed) {
            request.withdraw(closedException());
        }
    }

    /** The request is over. */
    void concluded(Acquisition request) {
        waiting.remove(request);
        if (request.mode() == LockMode.WRITE && request.waits()) {
            line.leave(request);
        }
        endIfUnused();
    }

    /** Whether anybody has waited since this was last asked. */
    boolean hasWaited() {
        boolean did = waited;
        waited = !waiting.isEmpty();
        return did;
    }

    /** What was published for this object's writers. */
    void ringWriter(String message) {
        Answer.HandOver handOver = Answer.HandOver.of(message);
        if (handOver == null) {
            line.ring();
        } else {
            line.handOver(handOver);
        }
    }

    void ringReaders() {
        for (Acquisition request : waiting) {
            if (request.mode() == LockMode.READ) {
                request.ask();
            }
        }
    }

    // ------------------------------------------------------------ giving back

    /** True when Redis has taken it back, false if it had it no more. */
    CompletableFuture<Boolean> release(Lease lease) {
        String as = lease.mode() == LockMode.WRITE ? "w" : "r";
        return change(RELEASE, lease, as, String.valueOf(settings.readersAfter()));
    }

    CompletableFuture<Boolean> downgrade(Lease lease) {
        return change(DOWNGRADE, lease, leaseMicros);
    }

    private CompletableFuture<Boolean> change(LuaScript script, Lease lease, String... more) {
        Object[] arguments = new Object[2 + more.length];
        arguments[0] = lease.id();
        arguments[1] = publish;
        System.arraycopy(more, 0, arguments, 2, more.length);
        return change(script, arguments);
    }

    private CompletableFuture<Boolean> change(LuaScript script, Object[] arguments) {
        outstanding.incrementAndGet();
        Change change = new Change(script, arguments);
        change.run();
        return change.done;
    }

    /** Runs what may end with a change that Redis is to make, also when the lock is closed meanwhile. */
    void outstanding(Runnable action) {
        outstanding.incrementAndGet();
        try {
            action.run();
        } finally {
            settled();
        }
    }

    /** One less is outstanding. */
    private void settled() {
        outstanding.decrementAndGet();
        endIfUnused();
    }

    /**
     * Takes back what a request that was withdrawn may have left. One that stood for the writers of this lock object does
     * so a moment after the next of them has asked: else Redis would see no writer for that moment, and open the gate.
     */
    void leave(Acquisition request) {
        if (request.mode() == LockMode.WRITE && !isClosed() && !line.all().isEmpty()) {
            leaveLater(request.id(), SUCCESSION_NANOS);
        } else {
            leave(request.id());
        }
    }

    /** As {@link #leave}, in {@code nanos}, though the lock be closed meanwhile. */
    void leaveLater(String id, long nanos) {
        outstanding.incrementAndGet();
        after(nanos, () -> {
            leave(id);
            settled();
        });
    }

    void leave(String id) {
        leave(id, "0");
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a change repeats itself
    private void leave(String id, String lost) {
        change(LEAVE, new Object[] {id, publish, lost});
    }

    /** A script that is asked until there is an answer, or until a lease has passed and it would change nothing. */
    private final class Change implements Runnable, RedisLink.Receiver {
        private final LuaScript script;
        private final Object[] arguments;
        private final CompletableFuture<Boolean> done = new CompletableFuture<>();
        private final Term begun = Term.now();
        private volatile boolean again;

        Change(LuaScript script, Object[] arguments) {
            this.script = script;
            this.arguments = arguments;
        }

        @Override
        public void run() {
            link.run(script, keys.all(), arguments, this);
        }

        @Override
        public void accept(@Nullable Object answer, @Nullable Throwable failure) {
            if (answer instanceof List<?> called) {
                end(true);
                ring(called);
                return;
            }
            if (answer != null) {
                end(again || (Long) answer == 1); // the first answer may have been lost
                return;
            }
            RedisLockException problem = exception(failure);
            if (!isPassing(problem)) {
                done.completeExceptionally(problem);
                settled();
            } else if (begun.elapsedNanos() < settings.lease().toNanos()) {
                again = true;
                after(RETRY_NANOS, this);
            } else {
                end(true);
            }
        }

        private void end(boolean made) {
            done.complete(made);
            settled();
        }
    }

    /** Whose turn it is, if it is somebody here, need not wait for the message. */
    private void ring(List<?> called) {
        String id = (String) called.get(1);
        if (id.equals("r")) {
            ringReaders();
        } else if (ids.made(id)) {
            line.handOver(new Answer.HandOver(id, Answer.of(called.get(2))));
        }
    }

    /** Waits for an answer as long as one may take; null if there is none, or this thread must not wait. */
    @Nullable
    Boolean await(CompletableFuture<Boolean> answer) {
        long end = System.nanoTime() + answerNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    long left = Callbacks.isInside() ? 0 : end - System.nanoTime();
                    return answer.get(Math.max(0, left), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw exception(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ------------------------------------------------------------ leases

    void renew(Lease lease, RedisLink.Receiver receiver) {
        link.run(RENEW, keys.forRenewal(), new Object[] {lease.id(), leaseMicros}, receiver);
    }

    void lost(Lease lease, String reason, List<Runnable> actions) {
        LockEvents.lost(settings.name(), lease.mode(), reason);
        leave(lease.id(), "1");
        if (!actions.isEmpty()) { // of users: not in a thread that others need
            Thread thread = new Thread(() -> actions.forEach(Runnable::run), "sluice-lost-" + settings.name());
            thread.setDaemon(true);
            thread.start();
        }
    }

    // ------------------------------------------------------------ looking

    /** Waits for an answer of Redis. */
    Snapshot look() {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        link.run(DESCRIBE, keys.all(), new Object[0], (seenThere, failure) -> {
            if (seenThere != null) {
                answer.complete(seenThere);
            } else {
                answer.completeExceptionally(exception(failure));
            }
        });
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return Snapshot.of((List<?>) answer.get(2 * answerNanos(), TimeUnit.NANOSECONDS));
                } catch (TimeoutException e) {
                    throw noAnswer(Duration.ofNanos(2 * answerNanos()));
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw exception(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // ------------------------------------------------------------ closing

    boolean isClosed() {
        return closed;
    }

    IllegalStateException closedException() {
        return new IllegalStateException("lock is closed: lock=" + settings.name());
    }

    void close() {
        closed = true;
        for (Acquisition request : line.all()) {
            request.withdraw(closedException());
        }
        for (Acquisition request : waiting) {
            request.withdraw(closedException());
        }
        wakeups.close();
        endIfUnused();
    }

    /** Lets go of what the client's locks share, once this one is closed, holds nothing and has nothing outstanding. */
    void endIfUnused() {
        if (closed
                && leases.isEmpty()
                && waiting.isEmpty()
                && outstanding.get() == 0
                && ended.compareAndSet(false, true)) {
            runtime.release();
        }
    }
}
