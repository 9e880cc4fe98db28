package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.os.Natives;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.OwnProcess;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DomainCloseTest {
    private static final Duration PROMPTLY = ofSeconds(1);

    /** Those without natives run in a second, slower JVM. */
    private static final int CYCLES = Stress.choose(Natives.available() ? 10_000 : 2_000, 10_000);

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void close_open_leavesTheDomain() throws IOException {
        Domain domain = temporary.open();
        domain.close();

        assertThat(domain.core().isClosed()).isTrue();
        assertThat(path.resolve("live")).isEmptyDirectory();
        if (OwnProcess.isReadable()) {
            assertThat(OwnProcess.mappingsUnder(path)).isEmpty();
        }
    }

    @Test
    void close_again_doesNothing() throws IOException {
        Domain domain = temporary.open();
        AtomicInteger closes = new AtomicInteger();
        Runnable closer = closes::incrementAndGet;
        domain.core().retain(closer);
        domain.close();
        domain.close();

        assertThat(closes).hasValue(1);
        domain.core().release(closer);
        domain.close();
        assertThat(path.resolve("live")).isEmptyDirectory();
    }

    @Test
    void close_fromManyThreads_leavesOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            Domain domain = temporary.open();
            Thread[] threads = new Thread[3];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(domain::close);
                threads[i].start();
            }
            for (Thread thread : threads) {
                Conditions.join(thread, ofSeconds(10));
            }
            assertThat(path.resolve("live")).isEmptyDirectory();
        }
    }

    @Test
    void close_userIsInAnOperation_returnsAndStaysAliveUntilItsRelease() throws IOException {
        try (Domain observer = temporary.open()) {
            Domain domain = temporary.open();
            Runnable closer = () -> {};
            domain.core().retain(closer);
            long word = domain.core().participants().self();
            domain.close();

            assertThat(observer.core().participants().isAlive(word)).isTrue();
            domain.core().release(closer);
            assertThat(observer.core().participants().isAlive(word)).isFalse();
        }
    }

    @Test
    void close_sleeper_isWokenWithinASecond() throws Exception {
        Domain domain = temporary.open();
        AtomicBoolean closed = new AtomicBoolean();
        Runnable closer = () -> closed.set(true);
        domain.core().retain(closer);
        Bell bell = domain.core().bells().lease();
        Thread sleeper = new Thread(
                () -> {
                    int seen = bell.sequence();
                    while (!closed.get()) {
                        bell.await(seen, TimeUnit.SECONDS.toNanos(30));
                        seen = bell.sequence();
                    }
                    domain.core().bells().giveBack(bell);
                    domain.core().release(closer);
                },
                "domain-sleeper");
        sleeper.setDaemon(true);
        sleeper.start();
        Conditions.awaitBlocked(sleeper, ofSeconds(10));

        domain.close();

        Conditions.join(sleeper, PROMPTLY);
        assertThat(path.resolve("live")).isEmptyDirectory();
    }

    @Test
    void close_closerThrows_closesTheOthersAndLeaves() throws IOException {
        Domain domain = temporary.open();
        AtomicInteger closes = new AtomicInteger();
        Runnable failing = new Runnable() {
            @Override
            public void run() {
                domain.core().release(this);
                throw new IllegalStateException("on purpose");
            }
        };
        domain.core().retain(failing);
        for (int i = 0; i < 10; i++) {
            domain.core().retain(new Runnable() {
                @Override
                public void run() {
                    closes.incrementAndGet();
                    domain.core().release(this);
                }
            });
        }

        assertThatThrownBy(domain::close).hasMessage("on purpose");
        assertThat(closes).hasValue(10);
        assertThat(path.resolve("live")).isEmptyDirectory();
    }

    @Test
    void retain_closed_isRefusedWithTheDirectory() throws IOException {
        Domain domain = temporary.open();
        domain.close();

        assertThatThrownBy(() -> domain.core().retain(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("domain is closed: directory=" + path);
    }

    @Test
    void retain_whileClosing_isRefusedOrClosed() throws Exception {
        for (int round = 0; round < 300; round++) {
            Domain domain = temporary.open();
            AtomicBoolean wasClosed = new AtomicBoolean();
            AtomicBoolean refused = new AtomicBoolean();
            Runnable closer = () -> wasClosed.set(true);
            Thread user = new Thread(() -> {
                try {
                    domain.core().retain(closer);
                } catch (IllegalStateException e) {
                    refused.set(true);
                }
            });
            user.start();
            domain.close();
            Conditions.join(user, ofSeconds(10));
            if (!refused.get()) {
                assertThat(wasClosed).isTrue();
                domain.core().release(closer);
            }
            assertThat(path.resolve("live")).isEmptyDirectory();
        }
    }

    /** In a JVM of its own: a touch of unmapped memory is a crash. */
    @Test
    @Tag("process")
    void use_afterClose_isAnExceptionAndNoCrash() throws Exception {
        assertThat(useAfterClose("-Dsluice.natives=on")).isEqualTo("all refused or answered");
    }

    @Test
    @Tag("process")
    void use_afterCloseWithoutNatives_isAnExceptionAndNoCrash() throws Exception {
        assertThat(useAfterClose("-Dsluice.natives=off")).isEqualTo("all refused or answered");
    }

    private String useAfterClose(String option) throws InterruptedException {
        List<String> options =
                List.of(option, "-XX:ErrorFile=" + temporary.parent().resolve("crash"));
        try (ForkedJvm fork = ForkedJvm.start(options, UserAfterClose.class, path.toString())) {
            return fork.awaitLine("result:");
        }
    }

    static final class UserAfterClose {
        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Domain other = Domain.open(directory);
            MappedFile used = TestResource.open(other.core(), "used");
            TestResource.attach(other.core(), used, 0);
            Domain domain = Domain.open(directory);
            domain.close();
            DomainCore core = domain.core();
            refused("participants", domain::participants);
            refused("describe", domain::describe);
            refused("retain", () -> core.retain(() -> {}));
            refused("delete", () -> delete(core));
            refused("reap", () -> core.resources().reap("used", TestResource.TYPE));
            refused("open", () -> TestResource.open(core, "used"));
            answered(domain::directory);
            answered(domain::toString);
            answered(core::isClosed);
            core.ringOwnBells();
            core.deathWatch().watch(other.core().participants().self());
            domain.close();
            other.close();
            System.out.println("result:all refused or answered");
        }

        private interface Use {
            void run() throws IOException;
        }

        private static void delete(DomainCore core) throws IOException {
            core.resources().delete("used", TestResource.TYPE);
        }

        private static void refused(String what, Use use) throws IOException {
            try {
                use.run();
            } catch (IllegalStateException e) {
                if (String.valueOf(e.getMessage()).startsWith("domain is closed")) {
                    return;
                }
                throw e;
            }
            throw new AssertionError("not refused: " + what);
        }

        private static void answered(Supplier<Object> use) {
            if (use.get() == null) {
                throw new AssertionError("no answer");
            }
        }
    }

    /** Users of the public methods race with the close, in a JVM of its own. */
    @Test
    @Tag("process")
    void close_underFireOfDescribe_neverCrashes() throws Exception {
        List<String> options = List.of("-XX:ErrorFile=" + temporary.parent().resolve("crash"));
        try (ForkedJvm fork = ForkedJvm.start(options, CloserUnderFire.class, path.toString())) {
            assertThat(fork.awaitLine("result:")).isEqualTo("survived");
        }
    }

    static final class CloserUnderFire {
        private static volatile Domain current;
        private static volatile int described;

        public static void main(String[] arguments) throws Exception {
            Thread user = new Thread(CloserUnderFire::use);
            user.setDaemon(true);
            user.start();
            for (int round = 0; round < Stress.choose(300, 10_000); round++) {
                Domain domain = Domain.open(Path.of(arguments[0]));
                int before = described;
                current = domain;
                Conditions.await("it is used", ofSeconds(10), () -> described != before);
                domain.close();
            }
            System.out.println("result:survived");
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
        private static void use() {
            while (true) {
                Domain domain = current;
                try {
                    if (domain != null && !domain.describe().isEmpty()) {
                        described++;
                    }
                } catch (IllegalStateException closed) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    @Test
    void openAndClose_manyTimes_leavesNothingBehind() throws Exception {
        assumeTrue(OwnProcess.isReadable());
        for (int i = 0; i < 20; i++) {
            useOnce();
        }
        int descriptors = OwnProcess.descriptors();
        int threads = Thread.activeCount();
        long start = System.nanoTime();
        for (int i = 0; i < CYCLES; i++) {
            useOnce();
        }
        System.out.println("DomainCloseTest: cycles=" + CYCLES + ", seconds=" + (System.nanoTime() - start) / 1e9);

        assertThat(OwnProcess.descriptors()).isLessThanOrEqualTo(descriptors);
        assertThat(OwnProcess.descriptorsUnder(path)).isEmpty();
        assertThat(OwnProcess.mappingsUnder(path)).isEmpty();
        assertThat(path.toFile().list()).containsExactlyInAnyOrder("domain", "domain.lock", "live");
        assertThat(path.resolve("live")).isEmptyDirectory();
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
    }

    private void useOnce() throws IOException {
        try (Domain domain = temporary.open()) {
            MappedFile file = TestResource.open(domain.core(), "resource");
            Bell bell = domain.core().bells().lease();
            domain.core().bells().ring(bell.index());
            domain.core().bells().giveBack(bell);
            file.release();
            domain.core().resources().delete("resource", TestResource.TYPE);
        }
    }
}
