package io.sluice.shm.channel;

import io.sluice.shm.domain.Bell;
import io.sluice.shm.domain.Bells;
import io.sluice.shm.domain.DomainCore;
import java.time.Duration;

/**
 * One handle's way to wait for its condition: try, spin for what a wake costs, then sleep on a bell. Runs inside the
 * handle's operation, in its thread.
 */
abstract class Waiter {
    private static final int ATTEMPTS_PER_CLOCK = 16;

    private final DomainCore core;

    Waiter(DomainCore core) {
        this.core = core;
    }

    /** What is waited for; zero while there is nothing. */
    abstract int attempt();

    /** As {@link #attempt}, and looks for deaths that change the answer; may make system calls. */
    abstract int examine();

    /** Publishes the bell to ring, index plus one, where the other side looks; zero takes it away. */
    abstract void publish(int bell);

    /** How long to sleep at most before the next {@link #examine}, nanoseconds. */
    long bound(long otherwise) {
        return otherwise;
    }

    /** Throws if the handle is closed. */
    abstract void ensureOpen();

    /** The nanoseconds of a time-out. */
    static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("time-out must not be negative: timeout=" + timeout);
        }
        return timeout.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L - 1 ? Long.MAX_VALUE : timeout.toNanos();
    }

    /**
     * Waits until an attempt succeeds, for at most {@code nanos}.
     *
     * @return the answer of the attempt, or zero on time-out
     * @throws InterruptedException if the thread is interrupted and there was nothing yet
     */
    int await(long nanos) throws InterruptedException {
        int result = attempt();
        if (result != 0 || nanos == 0) {
            return result;
        }
        long start = System.nanoTime();
        result = spin(start, Math.min(nanos, Bells.SPIN_NANOS));
        return result != 0 ? result : sleep(start, nanos);
    }

    private int spin(long start, long nanos) {
        int result = 0;
        while (result == 0 && System.nanoTime() - start < nanos) {
            for (int i = 0; i < ATTEMPTS_PER_CLOCK && result == 0; i++) {
                Thread.onSpinWait();
                result = attempt();
            }
        }
        return result;
    }

    private int sleep(long start, long nanos) throws InterruptedException {
        Bell bell = core.bells().lease();
        try {
            while (true) {
                int seen = bell.sequence();
                publish(bell.index() + 1);
                core.fences().heavy();
                int result = examine();
                if (result != 0) {
                    return result;
                }
                ensureOpen();
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long left = nanos - (System.nanoTime() - start);
                if (left <= 0) {
                    return 0;
                }
                bell.await(seen, Math.min(left, bound(Bells.WAIT_BOUND_NANOS)));
                result = attempt(); // who was rung finds something, and need not pay for the fence above first
                if (result != 0) {
                    return result;
                }
            }
        } finally {
            publish(0);
            core.bells().giveBack(bell);
        }
    }
}
