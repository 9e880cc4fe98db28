package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Virtual threads wait on bells without holding on to their carrier: the forked JVM has one. */
@Tag("process")
class VirtualThreadsTest {
    private static final List<String> ONE_CARRIER =
            List.of("-Djdk.virtualThreadScheduler.parallelism=1", "-Djdk.virtualThreadScheduler.maxPoolSize=1");

    @BeforeEach
    void needVirtualThreads() {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads come with JDK 21");
    }

    @Test
    void await_thousandVirtualThreads_carrierIsFreeAndAllAreWoken() throws Exception {
        assertThat(run("many")).isEqualTo("progress=true, woken=1000");
    }

    @Test
    void await_thousandVirtualThreadsWithoutNatives_carrierIsFreeAndAllAreWoken() throws Exception {
        assertThat(run("many", "-Dsluice.natives=off")).isEqualTo("progress=true, woken=1000");
    }

    @Test
    void interrupt_virtualThread_endsTheWaitAndLeavesTheStatus() throws Exception {
        assertThat(run("interrupt")).isEqualTo("interrupted=true");
    }

    @Test
    void close_virtualThreadSleeps_wakesIt() throws Exception {
        assertThat(run("close")).isEqualTo("woken=100");
    }

    private static String run(String scenario, String... options) throws InterruptedException {
        List<String> all = new ArrayList<>(ONE_CARRIER);
        all.addAll(List.of(options));
        try (TemporaryDomain temporary = new TemporaryDomain();
                ForkedJvm fork = ForkedJvm.start(
                        all, Main.class, scenario, temporary.path().toString())) {
            return fork.awaitLine("result:");
        }
    }

    static final class Main {
        private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(60);
        private static final Duration PROMPTLY = Duration.ofSeconds(1);
        private static final Duration PATIENCE = Duration.ofSeconds(20);
        private static final int THREADS = 1_000;

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[1]);
            String result = switch (arguments[0]) {
                case "many" -> many(directory);
                case "interrupt" -> interrupt(directory);
                default -> close(directory);
            };
            System.out.println("result:" + result);
            System.exit(0);
        }

        private static String many(Path directory) throws Exception {
            DomainCore core = DomainCore.join(directory, false);
            AtomicInteger woken = new AtomicInteger();
            List<Bell> bells = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Bell bell = core.bells().lease();
                bells.add(bell);
                threads.add(sleeper(bell, woken));
            }
            for (Thread thread : threads) {
                awaitParked(thread);
            }
            AtomicInteger progress = new AtomicInteger();
            startVirtual(progress::incrementAndGet).join(PATIENCE.toMillis());
            boolean progressed = progress.get() == 1 && woken.get() == 0;
            bells.forEach(bell -> core.bells().ring(bell.index()));
            for (Thread thread : threads) {
                thread.join(PATIENCE.toMillis());
            }
            return "progress=" + progressed + ", woken=" + woken;
        }

        private static String interrupt(Path directory) throws Exception {
            DomainCore core = DomainCore.join(directory, false);
            Bell bell = core.bells().lease();
            AtomicInteger interrupted = new AtomicInteger();
            int seen = bell.sequence();
            Thread thread = startVirtual(() -> {
                bell.await(seen, LONG_NANOS);
                interrupted.set(Thread.currentThread().isInterrupted() ? 1 : 2);
            });
            awaitParked(thread);
            thread.interrupt();
            Conditions.await("wait ends", PROMPTLY, () -> interrupted.get() != 0);
            return "interrupted=" + (interrupted.get() == 1);
        }

        /** Each domain is closed while a virtual thread, a user of the domain, sleeps. */
        private static String close(Path directory) throws Exception {
            AtomicInteger woken = new AtomicInteger();
            for (int round = 1; round <= 100; round++) {
                DomainCore core = DomainCore.join(directory, false);
                Runnable closer = () -> {};
                core.retain(closer);
                Bell bell = core.bells().lease();
                int seen = bell.sequence();
                Thread thread = startVirtual(() -> {
                    while (!core.isClosed()) {
                        bell.await(seen, LONG_NANOS);
                    }
                    woken.incrementAndGet();
                    core.release(closer);
                });
                awaitParked(thread);
                core.close();
                int expected = round;
                Conditions.await("closing wakes, round=" + round, PROMPTLY, () -> woken.get() == expected);
            }
            return "woken=" + woken;
        }

        private static Thread sleeper(Bell bell, AtomicInteger woken) throws Exception {
            int seen = bell.sequence();
            return startVirtual(() -> {
                while (bell.sequence() == seen) {
                    bell.await(seen, LONG_NANOS);
                }
                woken.incrementAndGet();
            });
        }

        private static void awaitParked(Thread thread) throws Exception {
            Conditions.await("virtual thread parks", PATIENCE, () -> thread.getState() == Thread.State.TIMED_WAITING);
        }

        private static Thread startVirtual(Runnable task) throws Exception {
            Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            return (Thread) start.invoke(null, task);
        }
    }
}
