package io.sluice.rwlock;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Acquisitions of one mode on behalf of callers that do not wait themselves: asynchronous ones, and virtual threads,
 * which would pin their carriers. One daemon thread takes them in order, and ends when there have been none for a while.
 * Thread-safe.
 */
final class AsyncQueue {
    private static final long IDLE_MILLIS = TimeUnit.SECONDS.toMillis(1);

    /** The lock behind it. */
    interface Entrance {
        /** Keeps the lock's memory; false if the lock is closed. */
        boolean retain();

        void release();

        Outcome enter(Patience patience);

        void leave();
    }

    private final String name;
    private final Entrance entrance;
    private final Object monitor = new Object();
    private final ArrayDeque<CompletableFuture<Outcome>> queue = new ArrayDeque<>();
    private @Nullable Thread worker;
    private @Nullable CompletableFuture<Outcome> current;

    AsyncQueue(String name, Entrance entrance) {
        this.name = name;
        this.entrance = entrance;
    }

    /**
     * Asks for the lock, for at most {@code nanos}. Whoever completes the future otherwise withdraws the request; if it
     * comes out as acquired, its caller owns the lock.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // withdraw does not fail
    CompletableFuture<Outcome> submit(long nanos) {
        CompletableFuture<Outcome> request = new CompletableFuture<>();
        synchronized (monitor) {
            if (worker == null) {
                Thread thread = new Thread(this::run, name);
                thread.setDaemon(true);
                thread.start();
                worker = thread;
            }
            queue.add(request);
            monitor.notifyAll();
        }
        request.whenComplete((outcome, failure) -> withdraw(request));
        boolean limited = nanos != Patience.noLimit();
        return limited ? request.completeOnTimeout(Outcome.TIMED_OUT, nanos, TimeUnit.NANOSECONDS) : request;
    }

    private void withdraw(CompletableFuture<Outcome> request) {
        synchronized (monitor) {
            if (!queue.removeIf(queued -> queued == request)
                    && current == request
                    && worker != null
                    && worker != Thread.currentThread()) {
                worker.interrupt();
            }
        }
    }

    private void run() {
        CompletableFuture<Outcome> request = next();
        while (request != null) {
            serve(request);
            request = next();
        }
    }

    private @Nullable CompletableFuture<Outcome> next() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
        synchronized (monitor) {
            current = null;
            Thread.interrupted(); // it was meant for the last request
            while (queue.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    worker = null;
                    return null;
                }
                try {
                    monitor.wait(left);
                } catch (InterruptedException e) {
                    // meant for a request that is over
                }
            }
            current = queue.poll();
            return current;
        }
    }

    private void serve(CompletableFuture<Outcome> request) {
        if (request.isDone()) {
            return;
        }
        if (!entrance.retain()) {
            request.complete(Outcome.CLOSED);
            return;
        }
        try {
            Outcome outcome = entrance.enter(Patience.onBehalf(request::isDone));
            if (!request.complete(outcome) && outcome == Outcome.ACQUIRED) {
                entrance.leave();
            }
        } catch (RuntimeException | Error e) { // of a repair callback
            request.completeExceptionally(e);
        } finally {
            entrance.release();
        }
    }
}
