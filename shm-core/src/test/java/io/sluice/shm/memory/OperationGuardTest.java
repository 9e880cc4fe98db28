package io.sluice.shm.memory;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.os.Mapping;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In threads of their own: a guard that does not close would be used for ever. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OperationGuardTest {
    private final AtomicInteger releases = new AtomicInteger();
    private final OperationGuard guard = new OperationGuard(Fences.of(Fences.supported()), releases::incrementAndGet);

    @Test
    void enterAndExit_open_releasesNothing() {
        assertThat(guard.enter()).isTrue();
        guard.exit();
        assertThat(guard.enter()).isTrue();
        guard.exit();

        assertThat(guard.isClosed()).isFalse();
        assertThat(releases).hasValue(0);
    }

    @Test
    void close_outsideAnOperation_releases() {
        assertThat(guard.close()).isTrue();

        assertThat(guard.isClosed()).isTrue();
        assertThat(releases).hasValue(1);
    }

    @Test
    void close_duringAnOperation_leavesTheReleaseToItsExit() {
        assertThat(guard.enter()).isTrue();

        assertThat(guard.close()).isFalse();
        assertThat(guard.isClosed()).isTrue();
        assertThat(releases).hasValue(0);
        guard.exit();
        assertThat(releases).hasValue(1);
    }

    @Test
    void close_again_releasesNotAgain() {
        guard.close();
        guard.close();

        assertThat(releases).hasValue(1);
    }

    @Test
    void close_againDuringAnOperation_releasesOnceAtItsExit() {
        assertThat(guard.enter()).isTrue();

        assertThat(guard.close()).isFalse();
        assertThat(guard.close()).isFalse();
        guard.exit();
        assertThat(guard.close()).isTrue();
        assertThat(releases).hasValue(1);
    }

    @Test
    void enter_closed_isRefusedAndReleasesNotAgain() {
        guard.close();

        assertThat(guard.enter()).isFalse();
        assertThat(guard.enter()).isFalse();
        assertThat(releases).hasValue(1);
    }

    @Test
    void close_underFire_releasesOnceAndNeverDuringAnOperation() throws Exception {
        hammer(Fences.of(Fences.supported()), Round::new, 10_000);
    }

    @Test
    void close_underFireOfAUserWithAFlag_releasesOnceAndNeverDuringAnOperation() throws Exception {
        hammer(Fences.of(Fences.supported()), FlagRound::new, 10_000);
    }

    @Test
    void close_underFireWithFullFences_releasesOnceAndNeverDuringAnOperation() throws Exception {
        hammer(Fences.of(Fences.Kind.FULL), Round::new, 10_000);
        hammer(Fences.of(Fences.Kind.FULL), FlagRound::new, 10_000);
    }

    /** One guard a round: the user works in a loop until the guard is closed, at a random moment. */
    private static void hammer(Fences fences, Function<Fences, Round> round, int rounds) throws Exception {
        long seed = Seed.next("OperationGuardTest");
        SplittableRandom random = new SplittableRandom(seed);
        for (int done = 0; done < rounds; ) {
            int batch = Math.min(1_000, rounds - done);
            Round[] all = new Round[batch];
            for (int i = 0; i < batch; i++) {
                all[i] = round.apply(fences);
            }
            Thread user = new Thread(() -> {
                for (Round each : all) {
                    each.use();
                }
            });
            user.setDaemon(true);
            user.start();
            for (Round each : all) {
                each.close(random.nextInt(200));
            }
            Conditions.join(user, ofSeconds(60));
            for (Round each : all) {
                assertThat(each.wrong)
                        .as("released during an operation, seed=%s", seed)
                        .hasValue(0);
                assertThat(each.releases).as("releases, seed=%s", seed).hasValue(1);
            }
            done += batch;
        }
    }

    /** Cheap if the other thread runs, and lets it run if it does not. */
    private static void spinUntil(BooleanSupplier condition) {
        for (int spins = 1; !condition.getAsBoolean(); spins++) {
            if (spins % 10_000 == 0) {
                LockSupport.parkNanos(1);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private static class Round {
        final AtomicInteger releases = new AtomicInteger();
        final AtomicInteger wrong = new AtomicInteger();
        final OperationGuard guard;
        private volatile boolean started;
        private int inside; // plain: the guard alone orders it before the release

        Round(Fences fences) {
            guard = guard(fences);
        }

        OperationGuard guard(Fences fences) {
            return new OperationGuard(fences, this::release);
        }

        final void release() {
            releases.incrementAndGet();
            if (inside != 0) {
                wrong.incrementAndGet();
            }
        }

        boolean enter() {
            return guard.enter();
        }

        void exit() {
            guard.exit();
        }

        void use() {
            started = true;
            while (enter()) {
                inside = 1;
                if (releases.get() != 0) {
                    wrong.incrementAndGet();
                }
                inside = 0;
                exit();
            }
        }

        void close(int spins) {
            spinUntil(() -> started);
            for (int i = 0; i < spins; i++) {
                Thread.onSpinWait();
            }
            guard.close();
        }
    }

    private static final class FlagRound extends Round {
        private final AtomicInteger flag = new AtomicInteger();

        FlagRound(Fences fences) {
            super(fences);
        }

        @Override
        OperationGuard guard(Fences fences) {
            return new OperationGuard(fences, () -> flag.getAcquire() != 0, this::release);
        }

        @Override
        boolean enter() {
            flag.setOpaque(1);
            boolean entered = guard.mayGoOn();
            if (!entered) {
                exit();
            }
            return entered;
        }

        @Override
        void exit() {
            flag.setRelease(0);
            guard.ended();
        }
    }

    /** With real memory that is unmapped by the release: a wrong release is a crash of the forked JVM. */
    @Test
    @Tag("process")
    void close_underFireWithMappedMemory_neverCrashes() throws Exception {
        assertThat(unmapUnderFire(10_000, List.of())).isEqualTo("survived");
    }

    @Test
    @Tag("process")
    void close_underFireWithMappedMemoryWithoutNatives_neverCrashes() throws Exception {
        assertThat(unmapUnderFire(2_000, List.of("-Dsluice.natives=off"))).isEqualTo("survived");
    }

    private static String unmapUnderFire(int normalRounds, List<String> options) throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain()) {
            Path file = Files.write(directory.parent().resolve("mapped"), new byte[4096]);
            String rounds = String.valueOf(Stress.choose(normalRounds, 10 * normalRounds));
            List<String> all = new ArrayList<>(options);
            all.add("-XX:ErrorFile=" + directory.parent().resolve("crash"));
            try (ForkedJvm fork = ForkedJvm.start(all, Unmapper.class, file.toString(), rounds)) {
                return fork.awaitLine("result:");
            }
        }
    }

    static final class Unmapper {
        private static volatile Target current;

        public static void main(String[] arguments) throws Exception {
            Thread user = new Thread(Unmapper::use);
            user.setDaemon(true);
            user.start();
            Fences fences = Fences.of(Fences.supported());
            SplittableRandom random = new SplittableRandom(Seed.next("OperationGuardTest.Unmapper"));
            for (int round = Integer.parseInt(arguments[1]); round > 0; round--) {
                Target target = new Target(Mapping.of(Path.of(arguments[0])), fences);
                current = target;
                spinUntil(() -> target.used);
                for (int spins = random.nextInt(100); spins > 0; spins--) {
                    Thread.onSpinWait();
                }
                target.guard.close();
            }
            System.out.println("result:survived");
        }

        private static void use() {
            while (true) {
                Target target = current;
                while (target != null && target.guard.enter()) {
                    target.words.longPlain(512, target.words.longPlain(512) + 1);
                    target.used = true;
                    target.guard.exit();
                }
                Thread.onSpinWait();
            }
        }

        private static final class Target {
            final OperationGuard guard;
            final Words words;
            volatile boolean used;

            Target(Mapping mapping, Fences fences) {
                words = new Words(mapping.buffer());
                guard = new OperationGuard(fences, mapping::close);
            }
        }
    }
}
