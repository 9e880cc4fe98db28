package io.sluice.shm.domain;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps on behalf of virtual threads, which would pin their carriers on a futex. One daemon thread a domain, started
 * with the first such waiter, sleeps on a bell of its own; a waiter's bell relays to it; when it is rung it unparks the
 * waiters whose bells have moved.
 *
 * <pre>
 *   waiter                              ringer
 *   relay := doorbell    (full fence)   sequence + 1         (full fence)
 *   sequence moved? done                relay? ring doorbell
 *   park
 * </pre>
 */
final class Doorbell {
    private record Sleeper(Bell bell, int seen, Thread thread) {
        boolean isRung() {
            return bell.sequence() != seen;
        }
    }

    private final Set<Sleeper> sleepers = ConcurrentHashMap.newKeySet();
    private final Bell own;
    private volatile boolean closed;

    Doorbell(Bell own) {
        this.own = own;
    }

    /** Starts the thread; {@code whenDone} runs in it when it has left the shared memory for good. */
    void start(Runnable whenDone) {
        Thread thread = new Thread(
                () -> {
                    try {
                        run();
                    } finally {
                        whenDone.run();
                    }
                },
                "sluice-doorbell");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closed) {
            int seen = own.sequence();
            unparkTheRung();
            own.await(seen, sleepers.isEmpty() ? Long.MAX_VALUE : Bells.WAIT_BOUND_NANOS);
        }
        unparkTheRung();
    }

    private void unparkTheRung() {
        for (Sleeper sleeper : sleepers) {
            if (sleeper.isRung()) {
                LockSupport.unpark(sleeper.thread);
            }
        }
    }

    /** Called by a virtual thread that holds {@code bell}. */
    void await(Bell bell, int seen, long nanos) {
        Sleeper sleeper = new Sleeper(bell, seen, Thread.currentThread());
        sleepers.add(sleeper);
        bell.relayTo(own.index());
        try {
            if (!sleeper.isRung()) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            bell.relayTo(-1);
            sleepers.remove(sleeper);
        }
    }

    /** Lets the thread end; the caller rings {@link #index}. */
    void close() {
        closed = true;
    }

    int index() {
        return own.index();
    }
}
