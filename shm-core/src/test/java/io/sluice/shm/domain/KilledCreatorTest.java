package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a creator that died left half-built is replaced by the next. */
class KilledCreatorTest {
    private static final int KILLS = Stress.choose(6, 100);
    private static final long BYTES = 16 << 20;
    private static final long LATEST_KILL_MICROS = 40_000;

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void join_domainWasHalfBuilt_buildsItAnew() throws Exception {
        Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.write(path.resolve(".building-domain"), new byte[] {1, 2, 3});
        try (Domain domain = temporary.open()) {
            assertThat(domain.participants()).hasSize(1);
            assertThat(path.resolve(".building-domain")).doesNotExist();
        }
    }

    @Test
    void openOrCreate_resourceWasHalfBuilt_buildsItAnew() throws Exception {
        try (Domain domain = temporary.open()) {
            Path remains = path.resolve(".building-resource");
            Files.write(remains, new byte[1 << 20]);
            MappedFile file = TestResource.open(domain.core(), "resource");

            assertThat(file.isStillLinked()).isTrue();
            assertThat(file.buffer().capacity()).isEqualTo(TestResource.LAYOUT.size());
            assertThat(remains).doesNotExist();
            file.release();
        }
    }

    /** Killed after it linked the file under its name and before it removed the temporary one. */
    @Test
    void openOrCreate_temporaryNameOfAFinishedFileIsLeft_fileStays() throws Exception {
        try (Domain domain = temporary.open()) {
            MappedFile file = TestResource.open(domain.core(), "resource");
            Files.createLink(path.resolve(".building-resource"), path.resolve("resource"));
            MappedFile again = TestResource.open(domain.core(), "resource");

            assertThat(again.nonce()).isEqualTo(file.nonce());
            domain.core().resources().reap("nothing", TestResource.TYPE);
            assertThat(path.resolve(".building-resource")).doesNotExist();
            assertThat(file.isStillLinked()).isTrue();
            file.release();
            again.release();
        }
    }

    @Test
    @Tag("kill")
    void openOrCreate_creatorsAreKilledAtRandomMoments_nextOneSucceeds() throws Exception {
        long seed = Seed.next("KilledCreatorTest");
        Random random = new Random(seed);
        int halfBuilt = 0;
        try (Domain domain = temporary.open()) {
            for (int kill = 0; kill < KILLS; kill++) {
                killWhileItCreates(random);
                halfBuilt += Files.exists(path.resolve(".building-big")) ? 1 : 0;
                assertWholeOrMissing();
                MappedFile file = domain.core().resources().openOrCreate("big", TestResource.plan(BYTES));
                assertThat((long) file.buffer().capacity()).as("seed=%s", seed).isEqualTo(BYTES);
                assertThat(file.isStillLinked()).as("seed=%s", seed).isTrue();
                file.release();
                assertThat(domain.core().resources().delete("big", TestResource.TYPE))
                        .isTrue();
            }
            domain.core().resources().reap("nothing", TestResource.TYPE);
            assertThat(path.toFile().list()).containsExactlyInAnyOrder("domain", "domain.lock", "live");
        }
        System.out.println("KilledCreatorTest: kills=" + KILLS + ", halfBuilt=" + halfBuilt);
    }

    private void killWhileItCreates(Random random) throws Exception {
        try (Domain observer = temporary.open();
                Peer victim = Peer.start()) {
            long owner = victim.join(path);
            victim.tell("churn", "big", BYTES);
            assertThat(victim.answer()).isEqualTo("churning");
            Conditions.await("it creates", ofSeconds(10), () -> Files.exists(path.resolve(".building-big")));
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos((long) (random.nextDouble() * LATEST_KILL_MICROS)));
            victim.kill();
            Conditions.await(
                    "death is seen",
                    ofSeconds(1),
                    () -> !observer.core().participants().isAlive(owner));
        }
    }

    private void assertWholeOrMissing() throws Exception {
        try {
            MappedFile.open(path.resolve("big"), TestResource.TYPE).release();
        } catch (NoSuchFileException missing) {
            assertThat(path.resolve("big")).doesNotExist();
        }
    }
}
