package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One hold as Redis has it, and the holds of this process that stand on it: those of a thread, or those that came of an
 * asynchronous request. It is given back with the last of them; without a writer among them it becomes a read hold. Lost
 * when its term is over by the local clocks, when Redis says so, or when it was held too long. Thread-safe.
 */
final class Lease {
    /** As long a holder relies on what settle.lua handed it for a second. */
    static final long HANDED_NANOS = TimeUnit.MILLISECONDS.toNanos(990);

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final RemoteLock lock;
    private final String id;
    private final long token;
    private final Term granted;
    private final String found;
    private final LockEvents.@Nullable LongHold event;

    /** When the last request left that Redis answered with a full lease. */
    private volatile Term term;

    /** Why it was lost; null while it is not. */
    private volatile @Nullable String lost;

    private volatile boolean mended;

    private volatile LockMode mode;

    // Guarded by this, also the writing of mode and lost:
    private int readers;
    private int writers;
    private boolean ended;
    private final List<Watcher> onLost = new ArrayList<>();
    private @Nullable CompletableFuture<Boolean> change;

    private volatile boolean renewing;

    /** It was handed over for a moment only, and Redis has not prolonged it yet. */
    private volatile boolean unconfirmed;

    /** What to do on a loss, unless the hold is closed before. */
    private record Watcher(AtomicBoolean open, Runnable action) {}

    /** With one holder; good for a whole lease from when the request left. */
    Lease(RemoteLock lock, Acquisition request, Answer grant, Term sent) {
        this(lock, request, grant, sent, sent);
    }

    private Lease(RemoteLock lock, Acquisition request, Answer grant, Term granted, Term term) {
        this.lock = lock;
        this.id = request.id();
        this.mode = request.mode();
        this.token = grant.micros();
        this.granted = granted;
        this.term = term;
        this.found = grant.text();
        this.event = mode == LockMode.WRITE ? LockEvents.longHold() : null;
        if (mode == LockMode.WRITE) {
            writers = 1;
        } else {
            readers = 1;
        }
    }

    /** One that is good only for the moment for which Redis handed it over, until {@link #confirm}. */
    static Lease handedOver(RemoteLock lock, Acquisition request, Answer grant, Term granted) {
        Lease lease = new Lease(
                lock, request, grant, granted, granted.earlier(lock.settings().usableNanos() - HANDED_NANOS));
        lease.unconfirmed = true;
        return lease;
    }

    String id() {
        return id;
    }

    long token() {
        return token;
    }

    boolean previousOwnerDied() {
        return found.equals("w") && !mended;
    }

    boolean readersDied() {
        return found.equals("r");
    }

    void mend() {
        mended = true;
    }

    // ------------------------------------------------------------ who stands on it

    /** One more holder; false if it was given back. */
    synchronized boolean retain(LockMode as) {
        if (ended) {
            return false;
        }
        if (!isLive()) {
            throw lostException();
        }
        if (as == LockMode.WRITE) {
            writers++;
        } else {
            readers++;
        }
        return true;
    }

    /**
     * One holder less; the last one gives it back and waits for Redis to answer, for a while.
     *
     * @throws HoldLostException if it was lost
     */
    void release(LockMode as) {
        CompletableFuture<Boolean> answer = null;
        boolean written;
        synchronized (this) {
            if (as == LockMode.WRITE) {
                writers--;
            } else {
                readers--;
            }
            written = as == LockMode.WRITE && writers == 0;
            ended = readers + writers == 0;
            if (!isLive()) {
                lock.leases().remove(this);
            } else if (ended) {
                lock.leases().remove(this);
                answer = then(() -> lock.release(this));
            } else if (written) {
                answer = then(() -> lock.downgrade(this));
                mode = LockMode.READ;
            }
        }
        if (written && event != null) {
            LockEvents.commit(event, lock.settings().name());
        }
        if (answer != null) {
            await(answer);
        }
        lock.endIfUnused();
        if (lost != null) {
            throw lostException();
        }
    }

    /** One change after the other. */
    private CompletableFuture<Boolean> then(Supplier<CompletableFuture<Boolean>> next) {
        CompletableFuture<Boolean> before = change;
        CompletableFuture<Boolean> after = before == null || before.isDone()
                ? next.get()
                : before.handle((known, failure) -> true).thenCompose(ignored -> next.get());
        change = after;
        return after;
    }

    private void await(CompletableFuture<Boolean> answer) {
        if (Boolean.FALSE.equals(lock.await(answer))) {
            lose("Redis had it no more when it was released");
        }
    }

    // ------------------------------------------------------------ time

    /** Whether it still protects, by what is known here. */
    boolean isLive() {
        if (lost != null) {
            return false;
        }
        if (term.elapsedNanos() >= lock.settings().usableNanos()) {
            lose("the lease ran out before Redis renewed it");
            return false;
        }
        if (granted.elapsedNanos() >= lock.maxHoldNanos()) {
            lose("held longer than the maximum");
            return false;
        }
        return true;
    }

    /** Looks after it; how long until the next look, in nanoseconds. */
    long look() {
        if (!isLive()) {
            return Long.MAX_VALUE;
        }
        long due = untilDue();
        if (due <= 0 && !renewing && !unconfirmed) {
            renewing = true;
            renew();
            due = RETRY_NANOS;
        }
        return Math.max(RETRY_NANOS / 10, Math.min(due, untilEnd()));
    }

    /** Has Redis prolong what was handed over to a whole lease; asks again and again until one of the answers is there. */
    void confirm() {
        if (unconfirmed && !isGivenBack() && isLive()) {
            renew();
            lock.after(RETRY_NANOS, this::confirm);
        }
    }

    private void renew() {
        Term sent = Term.now();
        lock.renew(this, (answer, failure) -> renewed(sent, answer));
    }

    /** Nobody has it: the request is over. */
    synchronized void abandon() {
        ended = true;
        lock.leases().remove(this);
    }

    private void renewed(Term sent, @Nullable Object answer) {
        if (answer == null) {
            renewing = false; // the next look tries again
        } else if ((Long) answer == 1) {
            prolong(sent);
            unconfirmed = false;
            renewing = false;
        } else if (!isGivenBack()) {
            lose("Redis has it no more");
        }
    }

    /** The answers to several renewals may come in any order. */
    private synchronized void prolong(Term sent) {
        if (sent.nanos() - term.nanos() > 0) {
            term = sent;
        }
    }

    LockMode mode() {
        return mode;
    }

    private synchronized boolean isGivenBack() {
        return ended;
    }

    /** Until the next renewal is due, or the maximum is reached. */
    long untilDue() {
        long renewal = lock.settings().renewalNanos() - term.elapsedNanos();
        return renewing || unconfirmed ? RETRY_NANOS : Math.min(renewal, untilEnd());
    }

    private long untilEnd() {
        return Math.min(
                lock.settings().usableNanos() - term.elapsedNanos(), lock.maxHoldNanos() - granted.elapsedNanos());
    }

    // ------------------------------------------------------------ loss

    HoldLostException lostException() {
        return new HoldLostException(lock.settings().name(), mode, token, String.valueOf(lost));
    }

    private void lose(String reason) {
        List<Runnable> actions;
        synchronized (this) {
            if (lost != null) {
                return;
            }
            lost = reason;
            actions = onLost.stream()
                    .filter(watcher -> watcher.open().get())
                    .map(Watcher::action)
                    .toList();
            onLost.clear();
        }
        lock.leases().remove(this);
        lock.lost(this, reason, actions);
    }

    /** Has {@code action} run when it is lost, unless the hold is closed before; at once, by the caller, if it is lost. */
    void onLost(AtomicBoolean open, Runnable action) {
        synchronized (this) {
            if (!open.get()) {
                return;
            }
            if (lost == null) {
                onLost.add(new Watcher(open, action));
                return;
            }
        }
        action.run();
    }
}
