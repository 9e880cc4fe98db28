package io.sluice.dist;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The holds of one lock object that Redis has. One timer for all of them: all have the same lease, so the first one to be
 * looked after is never a new one, and taking a hold touches no timer while there is one.
 */
final class Leases {
    private final RemoteLock lock;
    private final Set<Lease> live = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean armed = new AtomicBoolean();

    Leases(RemoteLock lock) {
        this.lock = lock;
    }

    void add(Lease lease) {
        live.add(lease);
        if (!armed.get() && armed.compareAndSet(false, true)) {
            lock.after(lease.untilDue(), this::look);
        }
    }

    void remove(Lease lease) {
        live.remove(lease);
    }

    boolean isEmpty() {
        return live.isEmpty();
    }

    /** Renews what is due, notices what was lost. */
    private void look() {
        long next = Long.MAX_VALUE;
        for (Lease lease : live) {
            next = Math.min(next, lease.look());
        }
        if (next == Long.MAX_VALUE) {
            armed.set(false);
            if (live.isEmpty() || !armed.compareAndSet(false, true)) {
                return; // who adds one from now on sees that
            }
            next = 0;
        }
        lock.after(next, this::look);
    }
}
