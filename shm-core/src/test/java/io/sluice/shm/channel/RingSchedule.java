package io.sluice.shm.channel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the actors of an exploration, each in a thread of its own, one at a time: before each access to the ring the one
 * that runs may be killed, or make way for another. The same seed makes the same run, but for the pauses of recoveries.
 */
final class RingSchedule {
    private static final int STEP_LIMIT = 100_000;
    private static final int TRACED = 200;
    private static final long WATCHDOG_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long PAUSE_NANOS = 200_000;
    private static final int PAUSES_BEFORE_PARKING = 8;

    /** Ends the thread of an actor that was killed. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** One process, which has one thread. */
    static final class Actor {
        private final String name;
        private final Runnable onDeath;
        private volatile Thread thread;
        private volatile boolean ended;
        private volatile boolean dead;
        private int points;
        private int fatalPoint = -1;

        Actor(String name, Runnable onDeath) {
            this.name = name;
            this.onDeath = onDeath;
        }

        /** Is to die before its {@code point}-th access from now on; below zero never. */
        void meetFate(int point) {
            points = 0;
            fatalPoint = point;
        }

        /** Outside of a run. */
        void die() {
            dead = true;
            ended = true;
            onDeath.run();
        }

        boolean isDead() {
            return dead;
        }

        boolean hasEnded() {
            return ended;
        }

        @Override
        public String toString() {
            return name + (dead ? " dead" : ended ? " ended" : "") + " points=" + points;
        }
    }

    private final ExecutorService threads;
    private final Random random;
    private final boolean isRandom;
    /** How many steps one takes in a row, on average: some mistakes need an actor that gets far while another stands. */
    private final int stretch;

    private final List<Actor> actors = new ArrayList<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private final Thread main = Thread.currentThread();
    private volatile Actor running;
    private volatile Throwable failure;
    private int steps;
    private int pauses;

    /** {@code isRandom}: else each runs as far as it gets. */
    RingSchedule(ExecutorService threads, long seed, boolean isRandom) {
        this.threads = threads;
        this.random = new Random(seed);
        this.isRandom = isRandom;
        this.stretch = 4 << (2 * random.nextInt(3));
    }

    void start(Actor actor, Runnable program) {
        actors.add(actor);
        threads.execute(() -> run(actor, program));
    }

    /** Runs all to their ends. */
    void run() {
        long deadline = System.nanoTime() + WATCHDOG_NANOS;
        handTo(next(null));
        while (running != null) {
            LockSupport.parkNanos(this, WATCHDOG_NANOS);
            if (running != null && System.nanoTime() - deadline > 0) {
                AssertionError error = new AssertionError("an actor hangs: " + running + report());
                Thread hanging = running.thread;
                error.setStackTrace(hanging == null ? new StackTraceElement[0] : hanging.getStackTrace());
                throw error;
            }
        }
        if (failure != null) {
            throw new AssertionError(failure + report(), failure);
        }
    }

    String report() {
        return System.lineSeparator() + actors + System.lineSeparator() + String.join(System.lineSeparator(), trace);
    }

    private void run(Actor actor, Runnable program) {
        actor.thread = Thread.currentThread();
        try {
            awaitTurn(actor);
            program.run();
        } catch (Killed expected) {
            // dead, or the run is over
        } catch (Throwable e) {
            if (failure == null && !actor.dead) { // who is dead does nothing any more, so nor does it complain
                failure = e;
            }
        }
        actor.ended = true;
        handTo(failure == null ? next(null) : null);
    }

    /** Before an access; those of threads that are no actors are not counted. */
    void step(String what) {
        Actor me = running;
        if (me == null || me.thread != Thread.currentThread()) {
            return;
        }
        if (me.dead || failure != null) {
            throw new Killed();
        }
        if (trace.size() == TRACED) {
            trace.removeFirst();
        }
        trace.addLast(me.name + ": " + what);
        if (me.points++ == me.fatalPoint) {
            trace.addLast(me.name + ": KILLED before that");
            me.dead = true;
            me.onDeath.run();
            pauses = 0;
            throw new Killed();
        }
        steps++;
        if (steps > STEP_LIMIT) {
            throw new AssertionError("the actors come to no end");
        }
        if (isRandom && random.nextInt(stretch) == 0) {
            pauses = 0;
            makeWay(me, next(null));
        }
    }

    /** The actor can do nothing now. */
    void pause() {
        Actor me = running;
        if (failure != null) {
            throw new Killed();
        }
        if (++pauses > PAUSES_BEFORE_PARKING) {
            LockSupport.parkNanos(PAUSE_NANOS); // for the pause of a recovery
        }
        if (steps++ > STEP_LIMIT) {
            throw new AssertionError("the actors come to no end");
        }
        makeWay(me, next(me));
    }

    /** Somebody got on. */
    void progress() {
        pauses = 0;
    }

    private void makeWay(Actor me, Actor next) {
        if (next != null && next != me) {
            handTo(next);
            awaitTurn(me);
        }
    }

    private void handTo(Actor next) {
        running = next;
        Thread thread = next == null ? main : next.thread;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private void awaitTurn(Actor actor) {
        while (running != actor) {
            LockSupport.parkNanos(this, 1_000_000);
            if (failure != null && running == null) {
                throw new Killed();
            }
        }
    }

    /** One that can go on, another than {@code not} if there is one. */
    private Actor next(Actor not) {
        List<Actor> ready = actors.stream().filter(actor -> !actor.ended).toList();
        List<Actor> others = ready.stream().filter(actor -> actor != not).toList();
        List<Actor> from = others.isEmpty() ? ready : others;
        return from.isEmpty() ? null : from.get(isRandom || not != null ? random.nextInt(from.size()) : 0);
    }
}
