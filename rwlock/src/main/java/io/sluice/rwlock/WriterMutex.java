package io.sluice.rwlock;

import io.sluice.shm.domain.Bells;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import java.util.concurrent.locks.LockSupport;

/**
 * One representative of the process among the writers of all processes. Not owned by a thread: whoever ends the section
 * releases it. First come, first served among those who sleep.
 */
final class WriterMutex {
    private static final int SPINS_PER_CLOCK = 16;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(WriterMutex.class, "held", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Queue queue = new Queue();
    private final AtomicInteger waiting = new AtomicInteger();

    /** 1 while there is a representative. */
    @SuppressWarnings("unused") // HELD
    private volatile int held;

    private volatile boolean closed;

    /** Who sleeps; the state is {@link #held}. */
    private final class Queue extends AbstractQueuedSynchronizer {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean tryAcquire(int ignored) {
            return closed || tryHold();
        }

        @Override
        protected boolean tryRelease(int ignored) {
            return true;
        }
    }

    /** As {@link #tryAcquire}, also when closed: to clear up. */
    boolean tryAcquireAnyhow() {
        return tryHold();
    }

    /** Whether somebody waits here. */
    boolean isWaitedFor() {
        return waiting.get() > 0;
    }

    private boolean tryHold() {
        return (int) HELD.getOpaque(this) == 0 && HELD.compareAndSet(this, 0, 1);
    }

    boolean tryAcquire() {
        return !closed && tryHold();
    }

    Outcome acquire(Patience patience) {
        if (tryAcquire()) {
            return Outcome.ACQUIRED;
        }
        if (patience.isNone()) {
            return closed ? Outcome.CLOSED : Outcome.TIMED_OUT;
        }
        waiting.incrementAndGet();
        try {
            return await(patience);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private Outcome await(Patience patience) {
        patience.noteContention();
        Outcome outcome = spin() ? Outcome.ACQUIRED : sleep(patience);
        if (outcome == Outcome.ACQUIRED && closed) {
            wakeNext(); // the next sleeper leaves, too; whoever holds goes on
            return Outcome.CLOSED;
        }
        return outcome;
    }

    private boolean spin() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < Bells.SPIN_NANOS) {
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                Thread.onSpinWait();
                if (!queue.hasQueuedThreads() && tryAcquire()) {
                    return true;
                }
            }
        }
        return false;
    }

    private Outcome sleep(Patience patience) {
        while (true) {
            try {
                if (queue.tryAcquireNanos(1, patience.left())) {
                    return Outcome.ACQUIRED;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Outcome verdict = patience.verdict();
            if (verdict != null) {
                return verdict;
            }
        }
    }

    void release() {
        open();
        VarHandle.fullFence();
        wakeNext();
    }

    /** The first half of {@link #release}; a full fence and {@link #wakeNext} must follow. */
    void open() {
        HELD.setRelease(this, 0);
    }

    /** The second half of {@link #release}. */
    void wakeNext() {
        if (queue.hasQueuedThreads()) {
            queue.release(1);
        }
    }

    /** Sends all sleepers away. */
    void close() {
        closed = true;
        for (Thread thread : queue.getQueuedThreads()) {
            LockSupport.unpark(thread);
        }
    }
}
