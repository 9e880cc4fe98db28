package io.sluice.rwlock;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How long one acquisition waits, and what else ends its wait. For the thread that waits. */
final class Patience {
    private static final long NO_LIMIT = Long.MAX_VALUE;

    private static final Patience NONE = new Patience(0, false, true, Patience::never);

    private final long nanos;
    private final boolean interruptible;
    private final boolean keepsInterrupt;
    private final BooleanSupplier cancelled;
    private long start;
    private boolean interrupted;
    private boolean contended;

    private Patience(long nanos, boolean interruptible, boolean keepsInterrupt, BooleanSupplier cancelled) {
        this.nanos = nanos;
        this.interruptible = interruptible;
        this.keepsInterrupt = keepsInterrupt;
        this.cancelled = cancelled;
    }

    private static boolean never() {
        return false;
    }

    /** Does not wait at all. */
    static Patience none() {
        return NONE;
    }

    /** Waits for ever and keeps interrupts for later. */
    static Patience unlimited() {
        return new Patience(NO_LIMIT, false, true, Patience::never);
    }

    static Patience untilInterrupted() {
        return new Patience(NO_LIMIT, true, true, Patience::never);
    }

    /** Until {@code nanos} have passed from now, or an interrupt comes. */
    static Patience limited(long nanos) {
        if (nanos <= 0) {
            return NONE;
        }
        Patience patience = new Patience(nanos, true, true, Patience::never);
        patience.start();
        return patience;
    }

    /** Until {@code nanos}, more than 0, have passed from now; keeps interrupts for later. */
    static Patience brief(long nanos) {
        Patience patience = new Patience(nanos, false, true, Patience::never);
        patience.start();
        return patience;
    }

    /** Of the thread that waits on behalf of others: an interrupt makes it look at {@code cancelled}. */
    static Patience onBehalf(BooleanSupplier cancelled) {
        return new Patience(NO_LIMIT, false, false, cancelled);
    }

    /** For the next acquisition; only one without limit. */
    Patience reset() {
        start = 0;
        interrupted = false;
        contended = false;
        return this;
    }

    /** The nanoseconds of a time-out. */
    static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("time-out must not be negative: timeout=" + timeout);
        }
        return timeout.toSeconds() >= NO_LIMIT / 1_000_000_000L - 1 ? NO_LIMIT : timeout.toNanos();
    }

    static long noLimit() {
        return NO_LIMIT;
    }

    boolean isInterruptible() {
        return interruptible;
    }

    /** The acquisition was not served at once. */
    void noteContention() {
        if (this != NONE) {
            contended = true;
        }
    }

    boolean wasContended() {
        return contended;
    }

    /** Whether it does not wait at all. */
    boolean isNone() {
        return nanos == 0;
    }

    /** Nanoseconds since the beginning. */
    long waited() {
        return System.nanoTime() - start();
    }

    /** When it began, or was first asked, as {@code System.nanoTime}; never zero. */
    long start() {
        if (start == 0 && this != NONE) {
            start = System.nanoTime() | 1;
        }
        return start | 1;
    }

    /** What is left, nanoseconds. */
    long left() {
        return nanos == NO_LIMIT || nanos == 0 ? nanos : Math.max(0, nanos - waited());
    }

    /** Why the wait is over, or null while it is not. */
    @Nullable
    Outcome verdict() {
        if (nanos == 0) {
            return Outcome.TIMED_OUT;
        }
        if (Thread.interrupted()) {
            if (interruptible) {
                return Outcome.INTERRUPTED;
            }
            interrupted = true;
        }
        if (cancelled.getAsBoolean()) {
            return Outcome.CANCELLED;
        }
        return left() == 0 ? Outcome.TIMED_OUT : null;
    }

    /** Gives back an interrupt that was kept; returns {@code outcome}. */
    Outcome end(Outcome outcome) {
        if (interrupted && keepsInterrupt) {
            interrupted = false;
            Thread.currentThread().interrupt();
        }
        return outcome;
    }
}
