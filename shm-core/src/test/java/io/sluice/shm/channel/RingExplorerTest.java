package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kills a process before each of its accesses to a guarded ring, in claim, commit, abort, publication, padding, reading,
 * joining and recovery, and has the others go on: all that was committed comes once, whole and in one order, and nothing
 * is left behind. Then again with one of those who recover killed too.
 *
 * <p>A failure prints the seed ({@code sluice.seed} gives the same run again) and what everybody did last.
 */
class RingExplorerTest {
    private static final int PLANS = Stress.choose(2, 40);

    private static final int RESCUER_SAMPLES = Stress.choose(30, 5_000);
    private static final int INTERLEAVINGS = Stress.choose(60, 5_000);
    private static final int LAST_POINT = 2_000;

    private static ExecutorService threads;
    private static RingWorld world;
    private static long seed;

    @BeforeAll
    static void open() throws IOException {
        seed = Seed.next("RingExplorerTest");
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "explored");
            thread.setDaemon(true);
            return thread;
        });
        world = new RingWorld(threads);
    }

    @AfterAll
    static void close() {
        threads.shutdown();
        world.close();
    }

    @ParameterizedTest
    @EnumSource
    void kill_beforeEachAccess_othersGoOn(RingScenario scenario) throws IOException {
        Random random = random(scenario, 1);
        List<Integer> lengths = new ArrayList<>();
        for (int plan = 0; plan < PLANS; plan++) {
            long order = random.nextLong();
            int point = 0;
            while (explore(scenario, order, plan % 2 == 1, point, -1, -1)) {
                point++;
                assertThat(point).as("the victim comes to an end").isLessThan(LAST_POINT);
            }
            lengths.add(point);
        }
        assertThat(lengths).as("accesses of the victim").allMatch(length -> length > 5);
    }

    @ParameterizedTest
    @EnumSource
    void kill_rescuerToo_othersGoOn(RingScenario scenario) throws IOException {
        Random random = random(scenario, 2);
        for (int i = 0; i < RESCUER_SAMPLES; i++) {
            explore(
                    scenario,
                    random.nextLong(),
                    random.nextBoolean(),
                    random.nextInt(40),
                    random.nextInt(2),
                    random.nextInt(80));
        }
    }

    @ParameterizedTest
    @EnumSource
    void interleave_nobodyDies_allGoOn(RingScenario scenario) throws IOException {
        Random random = random(scenario, 3);
        for (int i = 0; i < INTERLEAVINGS; i++) {
            explore(scenario, random.nextLong(), true, -1, -1, -1);
        }
    }

    /** Whether the victim came to its point. */
    private static boolean explore(
            RingScenario scenario, long order, boolean isRandom, int point, int rescuer, int rescuerPoint)
            throws IOException {
        RingRun run = new RingRun(world, scenario, order, isRandom);
        try {
            return run.explore(point, rescuer, rescuerPoint);
        } catch (AssertionError | RuntimeException e) {
            run.abandon();
            throw new AssertionError(
                    "seed=" + seed + ", scenario=" + scenario + ", order=" + order + ", isRandom=" + isRandom
                            + ", point=" + point + ", rescuer=" + rescuer + ", rescuerPoint=" + rescuerPoint + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private static Random random(RingScenario scenario, int purpose) {
        return new Random(seed + 31L * scenario.name().hashCode() + purpose);
    }
}
