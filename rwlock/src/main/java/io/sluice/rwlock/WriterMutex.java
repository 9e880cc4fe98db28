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
    private static final int UNWAITED = 1;

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
    private final AtomicInteger tickets = new AtomicInteger();

    /** The ticket of the representative, {@link #UNWAITED} of one that has not waited; 0 if there is none. */
    @SuppressWarnings("unused") // HELD
    private volatile int held;

    private volatile boolean closed;

    /** Who sleeps; the state is {@link #held}. */
    private final class Queue extends AbstractQueuedSynchronizer {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean tryAcquire(int ticket) {
            return closed || tryHold(ticket);
        }

        @Override
        protected boolean tryRelease(int ignored) {
            return true;
        }
    }

    /** As {@link #tryAcquire}, also when closed: to clear up. */
    boolean tryAcquireAnyhow() {
        return tryHold(UNWAITED);
    }

    /** Whether somebody waits here. */
    boolean isWaitedFor() {
        return waiting.get() > 0;
    }

    private boolean tryHold(int ticket) {
        return (int) HELD.getOpaque(this) == 0 && HELD.compareAndSet(this, 0, ticket);
    }

    boolean tryAcquire() {
        return !closed && tryHold(UNWAITED);
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
        int ticket = tickets.incrementAndGet() | Integer.MIN_VALUE; // of nobody else who waits, and not UNWAITED
        Outcome outcome = spin(ticket) ? Outcome.ACQUIRED : sleep(ticket, patience);
        if (outcome == Outcome.ACQUIRED && held != ticket) { // closed: whoever holds goes on
            wakeNext(); // the next sleeper leaves, too
            return Outcome.CLOSED;
        }
        return outcome;
    }

    private boolean spin(int ticket) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < Bells.SPIN_NANOS) {
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                Thread.onSpinWait();
                if (!queue.hasQueuedThreads() && !closed && tryHold(ticket)) {
                    return true;
                }
            }
        }
        return false;
    }

    private Outcome sleep(int ticket, Patience patience) {
        while (true) {
            try {
                if (queue.tryAcquireNanos(ticket, patience.left())) {
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
