package io.sluice.shm.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waiting for what other threads and processes bring about, under a limit. */
public final class Conditions {
    private static final long LOOK_NANOS = 200_000;

    /** A condition whose test may fail with any exception. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws Exception;
    }

    private Conditions() {}

    /** Waits until {@code condition} holds; an AssertionError that says {@code what} if it does not in time. */
    public static void await(String what, Duration limit, Condition condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new AssertionError("not in time: " + what + ", limit=" + limit);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Waits until {@code thread} ends. */
    public static void join(Thread thread, Duration limit) throws InterruptedException {
        thread.join(limit.toMillis());
        if (thread.isAlive()) {
            AssertionError error = new AssertionError("does not end: thread=" + thread + ", limit=" + limit);
            error.setStackTrace(thread.getStackTrace());
            throw error;
        }
    }

    /** Waits until {@code thread} blocks, in Java or (seen from the kernel's side) in a system call. */
    public static void awaitBlocked(Thread thread, Duration limit) throws Exception {
        await("thread blocks: " + thread.getName(), limit, () -> {
            Thread.State state = thread.getState();
            return state == Thread.State.WAITING
                    || state == Thread.State.TIMED_WAITING
                    || OwnProcess.isThreadAsleep(thread.getName());
        });
    }
}
