package io.sluice.rwlock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Runs the actors of an exploration, each in its own thread, one at a time: before every access to the shared words the
 * one that runs may have to make way for another. Who sleeps is woken by nobody but a wake, so a lost wake-up is an
 * actor that still sleeps when nobody can go on. The same plan makes the same run.
 */
final class CrashExplorerSchedule {
    private static final int STEP_LIMIT = 20_000;
    private static final long WATCHDOG_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int TRACED = 400;

    /** Ends the thread of a participant that was killed. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** Who goes on where several could. */
    enum Policy {
        /** Each as far as it gets, in the order of their coming. */
        IN_ORDER,
        /** Each as far as it gets, in a random order that changes at a few random points. */
        RANDOM_ORDER,
        /** Anybody, at random, at every fourth point. */
        RANDOM_STEPS
    }

    record Plan(Policy policy, long seed) {}

    private enum State {
        READY,
        ASLEEP,
        WAITING,
        /** Goes on only when nobody else can. */
        LINGERING,
        ENDED
    }

    private record Access(String actor, String what, int offset, Object value) {
        @Override
        public String toString() {
            String shown = value instanceof Long word ? Long.toHexString(word) : String.valueOf(value);
            return actor + ": " + what + " " + CrashExplorerWorld.nameOf(offset) + " = " + shown;
        }
    }

    /** A thread of a participant. */
    static final class Actor {
        private final String name;
        private final CrashExplorerProcess process;
        private final Runnable program;
        private volatile Thread thread;
        private State state = State.READY;
        private BooleanSupplier until;
        private int sleepsOn;
        private long bound;
        private int asleepSince;
        private long priority;
        private int bufferedAt = -1;
        private long buffered;

        private Actor(String name, CrashExplorerProcess process, Runnable program) {
            this.name = name;
            this.process = process;
            this.program = program;
        }

        @Override
        public String toString() {
            return name + " " + state
                    + (state == State.ASLEEP ? " on " + CrashExplorerWorld.nameOf(sleepsOn) + " for " + bound : "")
                    + (process.isStopped() ? " STOPPED" : "") + (process.isDead() ? " DEAD" : "");
        }
    }

    private final ExecutorService threads;
    private final Plan plan;
    private final Random random;
    private final CrashExplorerWorld world;
    private final List<Actor> actors = new ArrayList<>();
    private final Deque<Access> trace = new ArrayDeque<>();
    private final int[] changes = new int[3];
    private volatile Actor running;
    private volatile boolean isMainWaiting;
    private final Thread main = Thread.currentThread();
    private int steps;
    private long lowest;
    private volatile Throwable failure;

    CrashExplorerSchedule(ExecutorService threads, Plan plan, CrashExplorerWorld world) {
        this.threads = threads;
        this.plan = plan;
        this.random = new Random(plan.seed());
        this.world = world;
        for (int i = 0; i < changes.length; i++) {
            changes[i] = 1 + random.nextInt(200);
        }
    }

    // ------------------------------------------------------------ for the main thread, and for the actors

    /** Adds an actor; it begins when it is chosen. */
    void start(String name, CrashExplorerProcess process, Runnable program) {
        Actor actor = new Actor(name, process, program);
        actor.priority = plan.policy() == Policy.IN_ORDER ? --lowest : random.nextInt(1 << 20);
        actors.add(actor);
        threads.execute(() -> run(actor));
    }

    /** Lets the actors run until none can. */
    void run() {
        Actor first = choose();
        if (first != null) {
            isMainWaiting = true;
            handTo(first);
            long deadline = System.nanoTime() + WATCHDOG_NANOS;
            while (isMainWaiting) {
                LockSupport.parkNanos(this, WATCHDOG_NANOS);
                if (isMainWaiting && System.nanoTime() - deadline > 0) {
                    throw new AssertionError("an actor does not come to its next point: " + running + report());
                }
            }
        }
        if (failure != null) {
            throw new AssertionError(failure.getMessage() + report(), failure);
        }
    }

    /** Ends all threads that are left. */
    void abort() {
        if (failure == null) {
            failure = new Killed();
        }
        while (actors.stream().anyMatch(actor -> actor.state != State.ENDED)) {
            Actor next = actors.stream()
                    .filter(actor -> actor.state != State.ENDED)
                    .findFirst()
                    .orElseThrow();
            isMainWaiting = true;
            handTo(next);
            long deadline = System.nanoTime() + WATCHDOG_NANOS;
            while (isMainWaiting && System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(this, WATCHDOG_NANOS);
            }
        }
    }

    /** Who has not ended, those of the dead left out. */
    List<Actor> unended() {
        return actors.stream()
                .filter(actor -> actor.state != State.ENDED && !actor.process.isDead())
                .toList();
    }

    /**
     * Ends the longest sleep of those that are bounded by {@code longest} or less, so that each comes to its end; false if
     * nobody sleeps so.
     */
    boolean expire(long longest) {
        flushAll();
        Actor actor = actors.stream()
                .filter(each -> each.state == State.ASLEEP && each.bound <= longest && !each.process.isDead())
                .min(Comparator.comparingInt(each -> each.asleepSince))
                .orElse(null);
        if (actor == null) {
            return false;
        }
        if (actor.bound == LaneDrain.ADMISSION_NANOS
                || (actor.bound < LaneDrain.ADMISSION_NANOS && actor.sleepsOn != LockLayout.GATE)) {
            LockSupport.parkNanos(actor.bound); // the sleeper looks at the clock
        }
        actor.state = State.READY;
        return true;
    }

    /** The actor that runs, or null. */
    Actor running() {
        return isMainWaiting ? running : null;
    }

    String report() {
        return System.lineSeparator() + "plan=" + plan + ", " + world + System.lineSeparator()
                + unended().stream().map(Actor::toString).collect(Collectors.joining(System.lineSeparator()))
                + System.lineSeparator()
                + trace.stream().map(Access::toString).collect(Collectors.joining(System.lineSeparator()));
    }

    // ------------------------------------------------------------ for the actor that runs

    /** A point at which the actor may be stopped for good, or make way. */
    void step() {
        Actor me = running();
        if (me == null) {
            return; // the main thread prepares or looks
        }
        checkAlive(me);
        steps++;
        if (steps > STEP_LIMIT) {
            throw new AssertionError("the actors come to no end");
        }
        me.process.countPoint();
        if (me.process.isDead() || me.process.isStopped()) {
            flushAllOf(me.process);
        }
        checkAlive(me);
        makeWay(me);
    }

    /** Waits until {@code condition}, without a word to sleep on. */
    void waitUntil(BooleanSupplier condition) {
        Actor me = running();
        if (me == null || condition.getAsBoolean()) {
            return;
        }
        me.until = condition;
        me.state = State.WAITING;
        makeWay(me);
    }

    /** Goes on when nobody else can. What the actor's processor keeps back stays so. */
    void linger() {
        Actor me = running();
        if (me != null) {
            step();
            me.state = State.LINGERING;
            makeWay(me);
        }
    }

    void sleep(int offset, int expected, long nanos) {
        Actor me = running();
        if (me == null) {
            throw new AssertionError(
                    "would sleep while the run is prepared: word=" + CrashExplorerWorld.nameOf(offset) + ", " + world);
        }
        step();
        flushOwn();
        if (world.words().intVolatile(offset) != expected) {
            return;
        }
        trace("sleep", offset, nanos);
        me.sleepsOn = offset;
        me.bound = nanos;
        me.asleepSince = steps;
        me.state = State.ASLEEP;
        makeWay(me);
    }

    void wake(int offset) {
        step();
        trace("wake", offset, "");
        for (Actor actor : actors) {
            if (actor.state == State.ASLEEP && actor.sleepsOn == offset) {
                actor.state = State.READY;
            }
        }
    }

    /** Keeps a store back. */
    void buffer(int offset, long value) {
        Actor me = running();
        if (me == null) {
            world.words().longVolatile(offset, value);
        } else {
            me.bufferedAt = offset;
            me.buffered = value;
        }
    }

    void flushOwn() {
        Actor me = running();
        if (me != null) {
            flush(me);
        }
    }

    void flushAll() {
        actors.forEach(this::flush);
    }

    private void flushAllOf(CrashExplorerProcess process) {
        actors.stream().filter(actor -> actor.process == process).forEach(this::flush);
    }

    private void flush(Actor actor) {
        if (actor.bufferedAt >= 0) {
            world.words().longVolatile(actor.bufferedAt, actor.buffered);
            actor.bufferedAt = -1;
        }
    }

    void trace(String what, int offset, Object value) {
        if (trace.size() == TRACED) {
            trace.removeFirst();
        }
        Actor me = running();
        trace.addLast(new Access(me == null ? "main" : me.name, what, offset, value));
    }

    // ------------------------------------------------------------ switching

    private void run(Actor actor) {
        actor.thread = Thread.currentThread();
        try {
            awaitTurn(actor);
            actor.program.run();
        } catch (Killed expected) {
            // its process is dead, or the run is over
        } catch (Throwable e) {
            if (failure == null) {
                failure = e;
            }
        }
        flush(actor);
        actor.state = State.ENDED;
        Actor next = failure == null ? choose() : null;
        if (next == null) {
            handToMain();
        } else {
            handTo(next);
        }
    }

    private void makeWay(Actor me) {
        Actor next = choose();
        if (next != me) {
            if (next == null) {
                handToMain();
            } else {
                handTo(next);
            }
            awaitTurn(me);
        }
        checkAlive(me);
    }

    private void checkAlive(Actor me) {
        if (failure != null || me.process.isDead()) {
            throw new Killed();
        }
    }

    private void awaitTurn(Actor actor) {
        while (!isMainWaiting || running != actor) {
            LockSupport.park(this);
        }
        checkAlive(actor);
    }

    private void handTo(Actor next) {
        running = next;
        Thread thread = next.thread;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private void handToMain() {
        running = null;
        isMainWaiting = false;
        LockSupport.unpark(main);
    }

    private boolean canRun(Actor actor) {
        if (actor.state == State.ENDED) {
            return false;
        }
        if (actor.process.isDead()) {
            return true; // to its end
        }
        if (actor.process.isStopped()) {
            return false;
        }
        if (actor.state == State.WAITING && actor.until.getAsBoolean()) {
            actor.state = State.READY;
        }
        return actor.state == State.READY;
    }

    private Actor choose() {
        List<Actor> ready = actors.stream().filter(this::canRun).toList();
        if (ready.isEmpty()) {
            return oneThatLingers();
        }
        Actor current = running;
        boolean canGoOn = current != null && ready.contains(current);
        if (plan.policy() == Policy.RANDOM_STEPS) {
            return canGoOn && random.nextInt(4) != 0 ? current : ready.get(random.nextInt(ready.size()));
        }
        if (plan.policy() == Policy.RANDOM_ORDER && canGoOn) {
            for (int change : changes) {
                if (change == steps) {
                    current.priority = --lowest;
                }
            }
        }
        Actor best = ready.get(0);
        for (Actor actor : ready) {
            if (actor.priority > best.priority) {
                best = actor;
            }
        }
        return best;
    }

    private Actor oneThatLingers() {
        for (Actor actor : actors) {
            if (actor.state == State.LINGERING && !actor.process.isStopped()) {
                actor.state = State.READY;
                return actor;
            }
        }
        return null;
    }
}
