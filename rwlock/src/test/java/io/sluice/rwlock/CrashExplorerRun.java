package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.CrashExplorerProcess.Fate;
import io.sluice.rwlock.CrashExplorerSchedule.Plan;
import io.sluice.shm.domain.Bells;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * One run: the victim does what the scenario says, helpers and survivors do theirs, and whoever dies has a successor in
 * its slot.
 */
final class CrashExplorerRun implements AutoCloseable {
    private static final int EXPIRIES = 50;

    /** The slots of the helper, the victim, and the two survivors; four lanes, so that none may leak. */
    private static final int LANES = 4;

    /**
     * What befalls one of the run.
     *
     * @param whom 0 the victim; from its death on: 1 and 2 the survivors, 3 its successor
     */
    record Stroke(int whom, Fate fate, int point) {}

    /**
     * How it went.
     *
     * @param strokes how many fell
     */
    record Result(int strokes, int victimPoints) {}

    private final CrashExplorerScenario scenario;
    private final CrashExplorerWorld world;
    private final CrashExplorerSchedule schedule;
    private final List<CrashExplorerProcess> everybody = new ArrayList<>();
    private final List<CrashExplorerProcess> latecomers = new ArrayList<>();
    private final CrashExplorerProcess helper;
    private final CrashExplorerProcess firstSurvivor;
    private final CrashExplorerProcess secondSurvivor;
    private CrashExplorerProcess victim;
    private int victimLane = -1;
    private final int helperLane;
    private final int firstLane;
    private final int secondLane;
    private boolean survivorsStarted;
    private Stroke second;

    CrashExplorerRun(ExecutorService threads, Plan plan, CrashExplorerScenario scenario) {
        this.scenario = scenario;
        this.world = new CrashExplorerWorld(threads, plan, scenario.fences(), LANES, scenario.readersAfter());
        this.schedule = world.schedule();
        this.helper = attached("helper", 0);
        this.firstSurvivor = attached("first", 2);
        this.secondSurvivor = attached("second", 3);
        this.helperLane = helper.lease();
        this.firstLane = firstSurvivor.lease();
        this.secondLane = secondSurvivor.lease();
    }

    private CrashExplorerProcess attached(String name, int slot) {
        CrashExplorerProcess process = enter(name, slot);
        process.lock().table().attach();
        return process;
    }

    private CrashExplorerProcess enter(String name, int slot) {
        CrashExplorerProcess process = world.newProcess(name, slot);
        everybody.add(process);
        process.whenDead(() -> startSuccessor(name, slot));
        return process;
    }

    // ------------------------------------------------------------ for scenarios

    CrashExplorerWorld world() {
        return world;
    }

    /** The victim, attached and with a lane. */
    CrashExplorerProcess victim() {
        if (victim == null) {
            victim = attached("victim", 1);
            victimLane = victim.lease();
        }
        return victim;
    }

    /** The victim before it has attached. */
    CrashExplorerProcess newVictim() {
        victim = enter("victim", 1);
        latecomers.add(victim);
        return victim;
    }

    /** The victim's slot had another user, which held its lane of the pool, or the slot's shared one, and died. */
    void killPredecessorOfVictim(boolean shared) {
        CrashExplorerProcess predecessor = attached("predecessor", 1);
        predecessor.whenDead(() -> {});
        int lane = predecessor.lease();
        predecessor.enterRead(shared ? predecessor.sharedLane() : lane, shared);
        predecessor.beginReading();
        predecessor.die();
    }

    int victimLane() {
        victim();
        return victimLane;
    }

    CrashExplorerProcess helper() {
        return helper;
    }

    int helperLane() {
        return helperLane;
    }

    /** The helper is dead before the run begins, and has no successor. */
    void killHelper() {
        helper.whenDead(() -> {});
        helper.die();
    }

    void victimDoes(Runnable program) {
        schedule.start("victim", victim, program);
    }

    void helperDoes(Runnable program) {
        schedule.start("helper", helper, program);
    }

    // ------------------------------------------------------------ the run

    Result explore(List<Stroke> strokes) {
        scenario.prepare().accept(this);
        schedule.flushAll();
        Stroke first = strokes.isEmpty() ? new Stroke(0, Fate.STOPPED, -1) : strokes.get(0);
        second = strokes.size() > 1 ? strokes.get(1) : null;
        victim.meet(first.fate(), first.point());
        if (scenario.isTogether()) {
            startSurvivors();
        }
        runToTheEnd();
        int fallen = (int)
                everybody.stream().filter(CrashExplorerProcess::hasMetFate).count();
        Result result = new Result(fallen, victim.points());
        everybody.forEach(process -> process.meet(Fate.STOPPED, -1));
        closeDown();
        return result;
    }

    private void startSurvivors() {
        survivorsStarted = true;
        schedule.start("first", firstSurvivor, () -> {
            firstSurvivor.write();
            firstSurvivor.readOwn(firstLane);
        });
        schedule.start("first.too", firstSurvivor, () -> firstSurvivor.write(CrashExplorerScenario.impatient(2)));
        schedule.start("second.read", secondSurvivor, () -> {
            secondSurvivor.readCounted(secondSurvivor.sharedLane());
            secondSurvivor.readOwn(secondLane);
        });
        schedule.start("second.write", secondSurvivor, secondSurvivor::write);
    }

    /** Called when one dies: its slot has a new user, and, if it was the victim, the rescuer's accesses count. */
    private void startSuccessor(String name, int slot) {
        CrashExplorerProcess successor = enter(name + "'", slot);
        latecomers.add(successor);
        if (slot == 1 && second != null) {
            CrashExplorerProcess[] whom = {null, firstSurvivor, secondSurvivor, successor};
            whom[second.whom()].meet(second.fate(), second.point());
            second = null;
        }
        schedule.start(successor.toString(), successor, () -> {
            successor.lock().table().attach();
            successor.readCounted(successor.sharedLane());
            int lane = successor.lease();
            successor.readOwn(lane);
            successor.write();
            successor.readOwn(lane);
        });
    }

    /** Who is stopped goes on, and who died quietly is known to be dead, only when nobody else can go on. */
    private void runToTheEnd() {
        int expiries = 0;
        schedule.run();
        while (true) {
            CrashExplorerProcess stopped = everybody.stream()
                    .filter(CrashExplorerProcess::isStopped)
                    .findFirst()
                    .orElse(null);
            if (!survivorsStarted) {
                startSurvivors();
            } else if (stopped != null) {
                stopped.settle();
            } else if (schedule.unended().isEmpty()) {
                return;
            } else {
                assertThat(expiries++ < EXPIRIES && schedule.expire(longestBound()))
                        .as("somebody who sleeps is woken%s", schedule.report())
                        .isTrue();
            }
            schedule.run();
        }
    }

    /**
     * Which bounds may end a sleep: those that are meant to. The general one, which is only there for what cannot be
     * foreseen, after the death of one that came when others slept already: they do not watch it.
     */
    private long longestBound() {
        boolean unwatched = latecomers.stream().anyMatch(CrashExplorerProcess::isDead);
        return unwatched ? Bells.WAIT_BOUND_NANOS : Bells.WAIT_BOUND_NANOS - 1;
    }

    /** One after the other everybody who is left writes and reads, at once; then nothing is left of anybody. */
    private void closeDown() {
        for (CrashExplorerProcess process : List.copyOf(everybody)) {
            if (!process.isDead()) {
                schedule.start(process + " at last", process, () -> {
                    process.write();
                    process.readCounted(process.sharedLane());
                });
                schedule.run();
                assertThat(schedule.unended())
                        .as("waits for nobody%s", schedule.report())
                        .isEmpty();
            }
        }
        world.assertClean();
    }

    @Override
    public void close() {
        schedule.abort();
    }
}
