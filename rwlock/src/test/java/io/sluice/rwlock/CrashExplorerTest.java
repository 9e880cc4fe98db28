package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.CrashExplorerProcess.Fate;
import io.sluice.rwlock.CrashExplorerSchedule.Plan;
import io.sluice.rwlock.CrashExplorerSchedule.Policy;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stops a participant for good before each of its accesses to the lock's words, in every procedure, and has the others
 * go on: they must get in, must not break exclusion, must be told of torn data and of readers that died, and must leave
 * nothing behind. Then again with one of those who recover stopped at each of its own accesses.
 *
 * <p>A failure prints the plan, and what everybody did last. {@code sluice.seed} gives the same run again.
 */
class CrashExplorerTest {
    private static final List<Fate> FATES = List.of(Fate.values());
    private static final List<Policy> POLICIES = List.of(Policy.values());

    private static final int PLANS = Stress.choose(3, 60);
    private static final int RESCUER_SAMPLES = Stress.choose(60, 0);
    private static final int INTERLEAVINGS = Stress.choose(200, 10_000);
    private static final int LAST_POINT = 2_000;

    private static ExecutorService threads;
    private static long seed;

    @BeforeAll
    static void printSeed() {
        seed = Seed.next("CrashExplorerTest");
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "explored");
            thread.setDaemon(true);
            return thread;
        });
    }

    @AfterAll
    static void endThreads() {
        threads.shutdown();
    }

    static Stream<CrashExplorerScenario> scenarios() {
        return CrashExplorerScenario.all().stream();
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void kill_beforeEachAccess_survivorsGoOn(CrashExplorerScenario scenario) {
        exploreAllPoints(scenario, Fate.KILLED);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void kill_knownLate_survivorsGoOnThen(CrashExplorerScenario scenario) {
        exploreAllPoints(scenario, Fate.KILLED_QUIETLY);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void stop_beforeEachAccess_nobodyIsRobbed(CrashExplorerScenario scenario) {
        exploreAllPoints(scenario, Fate.STOPPED);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void kill_rescuerToo_othersGoOn(CrashExplorerScenario scenario) {
        Random random = random(scenario, 7);
        if (Stress.isOn()) {
            exploreAllPairs(scenario, random);
            return;
        }
        int points = exploreOnce(scenario, plan(random, 1), List.of()).victimPoints();
        for (int i = 0; i < RESCUER_SAMPLES; i++) {
            Fate first = random.nextInt(4) == 0 ? Fate.KILLED_QUIETLY : Fate.KILLED;
            exploreOnce(
                    scenario,
                    plan(random, 1 + random.nextInt(2)),
                    List.of(
                            new CrashExplorerRun.Stroke(0, first, random.nextInt(points)),
                            new CrashExplorerRun.Stroke(1 + random.nextInt(3), anyFate(random), random.nextInt(60))));
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void interleave_nobodyDies_everybodyGetsIn(CrashExplorerScenario scenario) {
        Random random = random(scenario, 11);
        for (int i = 0; i < INTERLEAVINGS; i++) {
            exploreOnce(scenario, plan(random, 1 + random.nextInt(2)), List.of());
        }
    }

    private void exploreAllPairs(CrashExplorerScenario scenario, Random random) {
        for (int rescuer = 1; rescuer <= 3; rescuer++) {
            Plan plan = plan(random, rescuer);
            int point = 0;
            boolean reached = true;
            while (reached) {
                reached = exploreRescuer(scenario, plan, point++, rescuer, anyFate(random));
            }
        }
    }

    /** Whether the victim came to its point. */
    private boolean exploreRescuer(CrashExplorerScenario scenario, Plan plan, int point, int rescuer, Fate fate) {
        CrashExplorerRun.Result result;
        int rescuerPoint = 0;
        do {
            result = exploreOnce(
                    scenario,
                    plan,
                    List.of(
                            new CrashExplorerRun.Stroke(0, Fate.KILLED, point),
                            new CrashExplorerRun.Stroke(rescuer, fate, rescuerPoint++)));
        } while (result.strokes() == 2);
        return result.strokes() > 0;
    }

    private static Fate anyFate(Random random) {
        return FATES.get(random.nextInt(FATES.size()));
    }

    private void exploreAllPoints(CrashExplorerScenario scenario, Fate fate) {
        Random random = random(scenario, fate.name().hashCode());
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < PLANS; i++) {
            Plan plan = plan(random, i);
            int point = 0;
            while (exploreOnce(scenario, plan, List.of(new CrashExplorerRun.Stroke(0, fate, point)))
                            .strokes()
                    > 0) {
                point++;
                assertThat(point).as("the procedure comes to an end").isLessThan(LAST_POINT);
            }
            lengths.add(point);
        }
        assertThat(lengths).as("accesses of the victim in %s", scenario).anyMatch(length -> length > 5);
    }

    private CrashExplorerRun.Result exploreOnce(
            CrashExplorerScenario scenario, Plan plan, List<CrashExplorerRun.Stroke> strokes) {
        CrashExplorerRun run = new CrashExplorerRun(threads, plan, scenario);
        try {
            return run.explore(strokes);
        } catch (AssertionError e) {
            throw new AssertionError(
                    "seed=" + seed + ", scenario=" + scenario + ", strokes=" + strokes + ": " + e.getMessage(), e);
        } finally {
            run.close();
        }
    }

    private static Plan plan(Random random, int index) {
        Policy policy = POLICIES.get(Math.min(index, POLICIES.size() - 1));
        return new Plan(index == POLICIES.size() ? Policy.RANDOM_ORDER : policy, random.nextLong());
    }

    private static Random random(CrashExplorerScenario scenario, int purpose) {
        return new Random(seed + 31L * scenario.name().hashCode() + purpose);
    }
}
