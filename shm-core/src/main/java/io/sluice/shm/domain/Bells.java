package io.sluice.shm.domain;

import io.sluice.shm.memory.Lifetime;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.os.Futex;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The domain's pool of bells. A waiter leases one for the time of a wait and publishes its index where it waits; one
 * thread can so wait for many things at once. Bells that a dead participant leased are taken back when the pool runs
 * out of free ones. Thread-safe.
 */
public final class Bells {
    /** Longest sleep between two looks at the condition, in case a ringer died before it rang. */
    public static final long WAIT_BOUND_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How long to spin before sleeping: what one wake costs; not at all on one processor. */
    public static final long SPIN_NANOS =
            Runtime.getRuntime().availableProcessors() > 1 ? TimeUnit.MICROSECONDS.toNanos(20) : 0;

    /** Unused bells that a process keeps, so that a wait need not look for one. */
    private static final int KEPT = 16;

    private final Words words;
    private final long address;
    private final boolean futexes;
    private final Participants participants;
    private final Lifetime lifetime;

    private final Object lock = new Object();
    private final ArrayDeque<Bell> free = new ArrayDeque<>();
    private final Set<Bell> leased = new HashSet<>();
    private @Nullable Doorbell doorbell;
    private boolean closed;

    Bells(MappedFile file, boolean futexes, Participants participants, Lifetime lifetime) {
        this.words = file.words();
        this.address = file.address();
        this.futexes = futexes;
        this.participants = participants;
        this.lifetime = lifetime;
    }

    /**
     * Leases a bell for one wait; {@link #giveBack} it in a finally block.
     *
     * @throws IllegalStateException if more threads of the domain wait at this moment than it has bells
     */
    public Bell lease() {
        synchronized (lock) {
            Bell bell = free.poll();
            if (bell != null) {
                return bell;
            }
            bell = take();
            leased.add(bell);
            return bell;
        }
    }

    /** Ends a lease; the bell stays with this process for its next wait, unless it keeps many. */
    public void giveBack(Bell bell) {
        synchronized (lock) {
            if (free.size() < KEPT) {
                free.push(bell);
            } else {
                leased.remove(bell);
                words.longRelease(DomainLayout.bell(bell.index(), DomainLayout.BELL_OWNER), Owner.NOBODY);
            }
        }
    }

    private Bell take() {
        int start = Owner.slot(participants.self()) * (DomainLayout.BELLS / Participants.MAX);
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < DomainLayout.BELLS; i++) {
                int index = (start + i) % DomainLayout.BELLS;
                if (take(index, pass == 1)) {
                    return new Bell(index, words, futexes ? address : 0, this);
                }
            }
        }
        throw new IllegalStateException("no free bell in the domain: bells=" + DomainLayout.BELLS);
    }

    private boolean take(int index, boolean fromTheDead) {
        int offset = DomainLayout.bell(index, DomainLayout.BELL_OWNER);
        long owner = words.longVolatile(offset);
        boolean available = owner == Owner.NOBODY || (fromTheDead && !participants.isAlive(owner));
        if (!available || !words.longCas(offset, owner, participants.self())) {
            return false;
        }
        words.intVolatile(DomainLayout.bell(index, DomainLayout.BELL_RELAY), 0);
        return true;
    }

    /**
     * Rings a bell, and the one that it relays to. Full fence. An index from a damaged file that names no bell is
     * ignored. A bell that has found a new owner meanwhile wakes that one for nothing.
     */
    public void ring(int index) {
        if (index < 0 || index >= DomainLayout.BELLS) {
            return;
        }
        strike(index);
        int relay = words.intVolatile(DomainLayout.bell(index, DomainLayout.BELL_RELAY)) - 1;
        if (relay >= 0 && relay < DomainLayout.BELLS) {
            strike(relay);
        }
    }

    /** As {@link #ring}, but nothing if this process has left the domain. */
    void ringUnlessLeft(int index) {
        if (lifetime.retain()) {
            try {
                ring(index);
            } finally {
                lifetime.release();
            }
        }
    }

    private void strike(int index) {
        int sequence = DomainLayout.bell(index, DomainLayout.BELL_SEQUENCE);
        words.intAdd(sequence, 1);
        if (futexes) {
            Futex.wake(address + sequence);
        }
    }

    /** Rings every bell that this process leases: somebody died, or something was closed. */
    public void ringOwn() {
        synchronized (lock) {
            leased.forEach(bell -> ring(bell.index()));
        }
    }

    Doorbell doorbell() {
        synchronized (lock) {
            if (doorbell == null) {
                doorbell = startDoorbell();
            }
            return doorbell;
        }
    }

    private Doorbell startDoorbell() {
        if (closed || !lifetime.retain()) {
            throw new IllegalStateException("domain is closed");
        }
        boolean started = false;
        try {
            Doorbell created = new Doorbell(lease());
            created.start(lifetime::release);
            started = true;
            return created;
        } finally {
            if (!started) {
                lifetime.release();
            }
        }
    }

    /** Lets the doorbell's thread end. */
    void close() {
        synchronized (lock) {
            closed = true;
            if (doorbell != null) {
                doorbell.close();
                ring(doorbell.index());
            }
        }
    }

    /** Frees this process's bells in shared memory; nobody waits any more. */
    void leave() {
        synchronized (lock) {
            leased.forEach(
                    bell -> words.longRelease(DomainLayout.bell(bell.index(), DomainLayout.BELL_OWNER), Owner.NOBODY));
        }
    }
}
