package io.sluice.shm.domain;

import io.sluice.shm.os.KernelLocks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;

/**
 * Makes death an event: for each participant that something in this process waits on, one daemon thread sleeps in the
 * kernel on its liveness file and tells this domain's bells when the kernel releases it. Thread-safe.
 *
 * <p>Watchers are shared by all domains of the process and cannot be called off (a thread that sleeps on a kernel lock
 * has no bell): one that nobody needs any more sleeps on, at no cost, until its participant ends. Their number is
 * bounded by the living participants that this process ever waited on.
 */
public final class DeathWatch {
    private record Target(Path livenessFile, long domainNonce) {}

    /** By slot, who was found alive while it was watched; holds as long as no watch has ended since. */
    private record Living(int endings, AtomicLongArray owners) {}

    private static final System.Logger LOG = System.getLogger(DeathWatch.class.getName());
    private static final ConcurrentHashMap<Target, Set<DeathWatch>> WATCHED = new ConcurrentHashMap<>();
    private static final long STACK_BYTES = 256 * 1024;

    private final Participants participants;
    private final long domainNonce;
    private final Runnable onDeath;
    private final Set<Target> mine = ConcurrentHashMap.newKeySet();

    /** Those whose death was told: who waits for what they left must not be woken again and again. */
    private final Set<Target> told = ConcurrentHashMap.newKeySet();

    private final AtomicInteger endings = new AtomicInteger();
    private volatile boolean closed;
    private volatile Living living = new Living(0, new AtomicLongArray(Participants.MAX));

    DeathWatch(Participants participants, long domainNonce, Runnable onDeath) {
        this.participants = participants;
        this.domainNonce = domainNonce;
        this.onDeath = onDeath;
    }

    /**
     * Sees to it that the death of {@code owner}, or its leaving the domain, rings all bells of this process, once.
     * Idempotent; a few nanoseconds when repeated while no watch has ended.
     *
     * @return whether it lives. False is final; true may be outdated by a death that is about to ring the bells, so it
     *     will do for who goes to sleep on one of them. Always true when the domain is closed, and nobody is watched
     */
    public boolean watch(long owner) {
        long word = owner & Owner.MASK;
        int slot = Owner.slot(word);
        if (word == participants.self() || closed) {
            return true;
        }
        if (slot < 0 || slot >= Participants.MAX) {
            return false;
        }
        Living known = living();
        if (known.owners.get(slot) == word) {
            return true;
        }
        boolean isWatched = ensureWatched(new Target(participants.livenessFile(word), domainNonce));
        boolean isAlive = participants.isAlive(word);
        if (isWatched && isAlive) {
            known.owners.set(slot, word); // alive after the watch began: its death ends the watch, and "known"
        }
        return isAlive;
    }

    private Living living() {
        Living known = living;
        int now = endings.get();
        if (known.endings != now) {
            known = new Living(now, new AtomicLongArray(Participants.MAX));
            living = known;
        }
        return known;
    }

    /** False if its death was told already. */
    private boolean ensureWatched(Target target) {
        if (told.contains(target)) {
            return false;
        }
        if (!mine.add(target)) {
            return true;
        }
        boolean watching = false;
        try {
            listen(target);
            watching = true;
        } finally {
            if (!watching) {
                mine.remove(target);
            }
        }
        return true;
    }

    private void listen(Target target) {
        AtomicBoolean first = new AtomicBoolean();
        WATCHED.compute(target, (key, listeners) -> {
            first.set(listeners == null);
            Set<DeathWatch> all = listeners == null ? ConcurrentHashMap.newKeySet() : listeners;
            all.add(this);
            return all;
        });
        if (first.get()) { // after the entry is there: the thread looks at it
            boolean started = false;
            try {
                start(target);
                started = true;
            } finally {
                if (!started) {
                    end(target, listener -> listener.forget(target));
                }
            }
        }
    }

    private static void start(Target target) {
        String name = "sluice-death-watch-" + target.livenessFile.getFileName();
        Thread thread = new Thread(null, () -> await(target), name, STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
    }

    private static void await(Target target) {
        try {
            KernelLocks.platform().awaitRelease(target.livenessFile, () -> isWanted(target));
        } catch (IOException e) {
            // Who waits falls back to the bound on its wait, probes in its own thread and gets the error there.
            LOG.log(System.Logger.Level.WARNING, "cannot watch a liveness file: path=" + target.livenessFile, e);
            end(target, listener -> listener.forget(target));
            return;
        }
        end(target, listener -> {
            listener.told.add(target);
            listener.forget(target);
            listener.onDeath.run();
        });
    }

    private static void end(Target target, Consumer<DeathWatch> action) {
        Set<DeathWatch> listeners = WATCHED.remove(target);
        if (listeners != null) {
            listeners.forEach(action);
        }
    }

    private static boolean isWanted(Target target) {
        Set<DeathWatch> listeners = WATCHED.get(target);
        return listeners != null && !listeners.isEmpty();
    }

    /** The watch ended; whoever is concerned looks at the truth and, if it must, watches again. */
    private void forget(Target target) {
        mine.remove(target);
        endings.incrementAndGet();
    }

    /** How many watches have ended so far: who polls looks for deaths only when this has moved. */
    public int endings() {
        return endings.get();
    }

    /** Stops listening; a call of {@code onDeath} that is under way may still come. */
    void close() {
        closed = true;
        for (Target target : mine) {
            WATCHED.computeIfPresent(target, (key, listeners) -> {
                listeners.remove(this);
                return listeners;
            });
        }
        mine.clear();
    }
}
