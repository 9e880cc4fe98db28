package io.sluice.shm.channel;

import java.util.concurrent.TimeUnit;

/**
 * One handle's attempts to settle what dead publications left. Each is short, since the gate is closed meanwhile, and a
 * living holder, perhaps a stopped one, may make it fail; then the next waits, at most 8 ms. For the handle's thread.
 */
final class Recovery {
    private static final long TRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(8);

    private final Ring ring;
    private final ChannelGuard guard;
    private final Runnable settle;
    private long pause;
    private long notBefore;

    Recovery(Ring ring, ChannelGuard guard) {
        this.ring = ring;
        this.guard = guard;
        this.settle = ring.producers()::settle;
    }

    private boolean isPending() {
        return pause != 0;
    }

    /** Whether an attempt has failed, and it is time for the next. */
    boolean isRetryDue() {
        return isPending() && System.nanoTime() - notBefore >= 0;
    }

    /** How long to sleep at most before the next attempt, nanoseconds. */
    long bound(long otherwise) {
        return isPending() ? Math.min(otherwise, pause) : otherwise;
    }

    /**
     * Step R1. Not inside the guard.
     *
     * @return whether the ring is settled
     */
    boolean attempt() {
        if (isPending() && !isRetryDue()) {
            return false;
        }
        boolean settled = false;
        try {
            settled = guard.tryExclusive(TRY_NANOS, settle);
        } finally {
            pause = settled ? 0 : Math.min(Math.max(TRY_NANOS, 2 * pause), LONGEST_PAUSE_NANOS);
            notBefore = System.nanoTime() + pause;
            ring.wakeAll(); // who met the closed gate may sleep
        }
        return settled;
    }

    /** Whether there is something to settle; watches who lives. System calls. */
    boolean isDue() {
        return guard.isSuspect() || (ring.producers().look() & Producers.DEAD) != 0;
    }
}
