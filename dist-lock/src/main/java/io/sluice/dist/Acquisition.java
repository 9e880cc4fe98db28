package io.sluice.dist;

import io.sluice.rwlock.LockMode;
import io.sluice.rwlock.LockTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One request for a hold, under one id however often it asks. It has one outstanding ask at a time: whoever rings
 * meanwhile has it ask once more after the answer. {@link #result} decides between grant and withdrawal: who completes
 * it has won. A request that was withdrawn takes back what it may have left in Redis, once no ask of it is outstanding;
 * one that was granted never does.
 */
final class Acquisition {
    static final long NO_LIMIT = Long.MAX_VALUE;

    /** Longest sleep between asks. */
    static final long RE_ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(800);

    /** The first answer is waited for as long as this, however short the time-out. */
    private static final long FIRST_ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Nanoseconds a microsecond, less what clocks may differ in speed. */
    private static final long MICRO_BUT_ONE_IN_100 = 990;

    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final RemoteLock lock;
    private final LockMode mode;
    private final String id;
    private final long nanos;
    private final long start = System.nanoTime();
    private final CompletableFuture<@Nullable Lease> result = new CompletableFuture<>();

    // Guarded by this:
    private boolean asking;
    private boolean rung;
    private int asks;
    private boolean contended;
    private long failingSince;
    private @Nullable RedisLockException failure;
    private @Nullable Future<?> timer;
    private @Nullable Refusal refusal;

    /** When the last ask left that was refused, and when Redis answered it. */
    private record Refusal(Term sent, long redisMicros) {}

    /** By a thread, so that no action of the user hangs on the result. */
    private volatile boolean awaited;

    /** Who was in the way at the last answer; null before. */
    private volatile @Nullable String blocker;

    /** {@code nanos}: how long to wait, 0 to ask once, {@link #NO_LIMIT}. */
    Acquisition(RemoteLock lock, LockMode mode, String id, long nanos) {
        this.lock = lock;
        this.mode = mode;
        this.id = id;
        this.nanos = Math.max(0, nanos);
    }

    LockMode mode() {
        return mode;
    }

    String id() {
        return id;
    }

    boolean waits() {
        return nanos > 0;
    }

    boolean isOver() {
        return result.isDone();
    }

    synchronized boolean wasContended() {
        return contended;
    }

    /** The grant; null for one that asked once and was refused. */
    CompletableFuture<@Nullable Lease> result() {
        return result;
    }

    // ------------------------------------------------------------ asking

    /** Asks, or has the outstanding ask followed by another. */
    void ask() {
        boolean again;
        synchronized (this) {
            if (asking || result.isDone()) {
                rung = true;
                return;
            }
            asking = true;
            rung = false;
            again = asks > 0;
            asks++;
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
        }
        Term sent = Term.now();
        boolean heard = !waits() || lock.wakeups().isOn();
        lock.ask(this, again, askNanos(), (answer, problem) -> {
            if (answer == null) {
                failed(sent, lock.exception(problem));
                return;
            }
            Answer told;
            try {
                told = Answer.of(answer);
            } catch (RuntimeException e) { // not of our scripts
                failed(sent, new RedisLockException("Redis answers strangely", lock.place(), "answer=" + answer));
                return;
            }
            answered(sent, heard, told);
        });
    }

    /** How long from now an ask is good: Redis refuses it later. */
    private long askNanos() {
        long most = lock.answerNanos();
        return nanos == NO_LIMIT ? most : Math.max(0, Math.min(most, limit() - elapsed()));
    }

    /** How long the whole request may take. */
    private long limit() {
        return nanos == 0 ? lock.answerNanos() : Math.max(nanos, Math.min(FIRST_ANSWER_NANOS, lock.answerNanos()));
    }

    private long elapsed() {
        return System.nanoTime() - start;
    }

    private void answered(Term sent, boolean heard, Answer answer) {
        synchronized (this) {
            failure = null;
            failingSince = 0;
        }
        lock.saw(answer.now());
        switch (answer.kind()) {
            case GRANTED -> granted(sent, answer);
            case REFUSED -> refused(sent, heard, answer);
            case LATE -> pause(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private void granted(Term sent, Answer grant) {
        if (lock.accepts(grant.micros())) {
            take(new Lease(lock, this, grant, sent));
        } else {
            conclude(new RedisLockException(
                    "Redis went back to a token below one that was seen", lock.place(), "token=" + grant.micros()));
            asked();
        }
    }

    private void take(Lease lease) {
        lock.leases().add(lease);
        if (lock.isClosed()) { // while the answer was on its way
            result.completeExceptionally(lock.closedException());
        }
        if (!result.complete(lease)) {
            lease.abandon();
        }
        lock.concluded(this);
        asked();
    }

    /**
     * Somebody who gave the lock back has left it to this request: Redis has the hold. Taken, unless an ask is outstanding
     * or it is late; then an ask tells the same.
     */
    void handedOver(Answer grant) {
        lock.outstanding(() -> takeOrAsk(grant));
    }

    private void takeOrAsk(Answer grant) {
        Term since;
        synchronized (this) {
            since = asking || result.isDone() ? null : takenSince(grant);
            if (since != null) {
                asking = true; // no ask from now on
                if (timer != null) {
                    timer.cancel(false);
                    timer = null;
                }
            }
        }
        if (since == null) {
            ask();
            return;
        }
        lock.saw(grant.now());
        Lease lease = Lease.handedOver(lock, this, grant, since);
        if (awaited) {
            take(lease);
            lease.confirm();
        } else {
            lock.after(0, lease::confirm); // not in this thread, which runs an action of the user first
            take(lease);
        }
    }

    /**
     * From when on a hold that was handed over counts: not later than it was, by the last ask, which left before Redis
     * answered it. Null if it must be asked for.
     */
    private @Nullable Term takenSince(Answer grant) {
        if (refusal == null || failure != null || lock.settings().replicas() > 0 || !lock.accepts(grant.micros())) {
            return null;
        }
        long later = (grant.now() - refusal.redisMicros()) * MICRO_BUT_ONE_IN_100;
        if (later < 0) { // it was refused since
            return null;
        }
        Term since = refusal.sent().later(later);
        return since.elapsedNanos() < Lease.HANDED_NANOS / 2 ? since : null; // enough is left to confirm it
    }

    private void refused(Term sent, boolean heard, Answer answer) {
        blocker = answer.text();
        if (!waits()) {
            if (result.complete(null)) {
                lock.concluded(this);
            }
            asked();
            return;
        }
        synchronized (this) {
            contended = true;
            refusal = new Refusal(sent, answer.now());
        }
        if (elapsed() >= nanos) {
            conclude(timeout());
            asked();
            return;
        }
        pause(Math.min(RE_ASK_NANOS, Math.max(1, answer.micros()) * 1000));
        if (!heard) {
            lock.wakeups().turnOn(this::ask);
        }
    }

    private void failed(Term sent, RedisLockException problem) {
        boolean givesUp;
        synchronized (this) {
            failure = problem;
            if (failingSince == 0) {
                failingSince = sent.nanos();
            }
            givesUp = elapsed() >= nanos
                    || !lock.isPassing(problem)
                    || System.nanoTime() - failingSince
                            > lock.settings().lease().toNanos();
        }
        if (givesUp) {
            conclude(problem);
            asked();
        } else {
            pause(RETRY_NANOS);
        }
    }

    /** The ask has been answered; asks again after {@code delay}, or at once if somebody rang. */
    private void pause(long delay) {
        lock.waiting(this);
        boolean again;
        synchronized (this) {
            asking = false;
            again = rung && !result.isDone();
            if (!again && !result.isDone()) {
                timer = lock.timer(delay, this::ask);
            }
        }
        if (again) {
            ask();
        } else {
            takeBackIfWithdrawn();
        }
    }

    private void asked() {
        synchronized (this) {
            asking = false;
        }
        takeBackIfWithdrawn();
    }

    /** No ask is outstanding, and there is none to come of a request that is over. */
    private void takeBackIfWithdrawn() {
        if (result.isCompletedExceptionally()) {
            takeBack();
        }
    }

    private void takeBack() {
        boolean doubtful;
        synchronized (this) {
            doubtful = failure != null;
        }
        lock.leave(this);
        if (doubtful) { // the last ask may still be on its way, and be good until then
            lock.leaveLater(id, lock.answerNanos());
        }
    }

    // ------------------------------------------------------------ the end

    /** Ends the request with {@code reason}; false if it was granted, or is over, already. */
    boolean withdraw(Throwable reason) {
        if (result.isDone()) {
            return false;
        }
        AtomicBoolean first = new AtomicBoolean();
        lock.outstanding(() -> {
            first.set(conclude(reason));
            if (first.get() && hasAsked()) {
                takeBack();
            }
        });
        return first.get();
    }

    private synchronized boolean hasAsked() {
        return asks > 0 && !asking;
    }

    private boolean conclude(Throwable reason) {
        if (!result.completeExceptionally(reason)) {
            return false;
        }
        synchronized (this) {
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
        }
        lock.concluded(this);
        return true;
    }

    /** Why there is no grant in time. */
    RuntimeException timeout() {
        synchronized (this) {
            if (failure != null) {
                return failure;
            }
            if (isUnanswered()) {
                return lock.noAnswer(Duration.ofNanos(elapsed()));
            }
        }
        Duration waited = Duration.ofNanos(elapsed());
        return new LockTimeoutException(
                "not acquired in time: lock=" + lock.settings().name() + ", mode=" + mode + ", waited="
                        + waited.toNanos() / 1000 + "us, parties=" + Snapshot.parties(blocker, waited));
    }

    /** Has the request end in time without a thread that waits for it. */
    @SuppressWarnings("FutureReturnValueIgnored") // to cancel a timer does not fail
    void limitByTimer() {
        if (nanos != NO_LIMIT) {
            Future<?> end = lock.timer(limit(), () -> withdraw(timeout()));
            result.whenComplete((lease, problem) -> end.cancel(false));
        }
    }

    /** Waits for the grant, or, for one that asks once and was refused, null. */
    @Nullable
    Lease await(boolean interruptible) throws InterruptedException {
        awaited = true;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return nanos == NO_LIMIT ? result.get() : result.get(left(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    if (elapsed() >= (isUnanswered() ? limit() : nanos)) {
                        withdraw(timeout()); // if not granted this very moment: the next turn tells
                    }
                } catch (InterruptedException e) {
                    if (interruptible && withdraw(e)) {
                        throw e;
                    }
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw here(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private long left() {
        long passed = elapsed();
        return Math.max(0, (passed < nanos ? nanos : limit()) - passed);
    }

    private synchronized boolean isUnanswered() {
        return asks > 0 && blocker == null && failure == null;
    }

    /** With the stack trace of the caller rather than of the client's thread. */
    private static RuntimeException here(@Nullable Throwable problem) {
        if (problem instanceof RuntimeException ours) {
            ours.fillInStackTrace();
            return ours;
        }
        return new IllegalStateException(problem);
    }
}
