package io.sluice.rwlock;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many processes use one lock at random while some of them are killed all the time. */
@Tag("kill")
class LockHammerTest {
    private static final int PROCESSES = 8;
    private static final Duration LENGTH = ofSeconds(Stress.choose(10, 600));
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final String READY = "ready:";
    private static final String VIOLATION = "violation:";

    /** Fewer than there are threads, so that some share. */
    private static final int LANES = 12;

    private static final Duration AT_ONCE = ofSeconds(1);

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final List<ForkedJvm> processes = new ArrayList<>();
    private final Random random = new Random(Seed.next("LockHammerTest"));
    private Path data;
    private int kills;
    private int killsInside;

    @AfterEach
    void deleteDirectory() {
        processes.forEach(ForkedJvm::close);
        temporary.close();
    }

    @Test
    void hammer_processesAreKilledAllTheTime_everyPromiseHoldsAndNothingStaysBehind() throws Exception {
        data = Files.write(temporary.parent().resolve("data"), new byte[HammerProcess.DATA_BYTES]);
        try (Domain domain = temporary.open()) { // who creates the lock gives it its numbers
            MappedReadWriteLock.named(HammerProcess.LOCK)
                    .lanes(LANES)
                    .readersAfter(4)
                    .open(domain)
                    .close();
        }
        hammer();
        long operations = stopAll();
        System.out.println("LockHammerTest: kills=" + kills + ", of them in a section=" + killsInside + ", repairs="
                + repairs() + ", operations of the survivors=" + operations);
        assertThat(killsInside).isPositive();
        assertThat(repairs()).isGreaterThanOrEqualTo(killsInside);
        assertThat(operations).isGreaterThan(PROCESSES * 10L);
        assertNothingStaysBehind();
    }

    private void hammer() throws Exception {
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(start());
        }
        for (ForkedJvm process : processes) {
            Conditions.await("it hammers", ofSeconds(60), () -> hammers(process));
        }
        long start = System.nanoTime();
        while (System.nanoTime() - start < LENGTH.toNanos()) {
            int chosen = random.nextInt(PROCESSES);
            try (ForkedJvm victim = processes.get(chosen)) {
                processes.set(chosen, start());
                if (hammers(victim) && (killsInside == 0 || random.nextBoolean())) {
                    victim.send("stay");
                    victim.awaitLine("inside:");
                    killsInside++;
                }
                victim.kill();
                kills++;
            }
            stopForAMoment(processes.get(random.nextInt(PROCESSES)));
            LockSupport.parkNanos(PAUSE_NANOS);
            processes.forEach(LockHammerTest::assertKeepsItsPromises);
        }
    }

    private static boolean hammers(ForkedJvm process) {
        return process.output().contains(READY);
    }

    /** Whatever it holds at this moment: the others wait for it. */
    private static void stopForAMoment(ForkedJvm process) throws InterruptedException {
        process.stop();
        LockSupport.parkNanos(PAUSE_NANOS / 4);
        process.resume();
    }

    private ForkedJvm start() {
        return ForkedJvm.start(
                HammerProcess.class,
                temporary.path().toString(),
                data.toString(),
                String.valueOf(random.nextLong()),
                String.valueOf(HammerProcess.threads()));
    }

    private static void assertKeepsItsPromises(ForkedJvm process) {
        assertThat(process.output()).noneMatch(line -> line.startsWith(VIOLATION));
        assertThat(process.isAlive()).as("%s", process.output()).isTrue();
    }

    /** The number of operations of those who were left. */
    private long stopAll() throws InterruptedException {
        long operations = 0;
        processes.forEach(process -> process.send("stop"));
        for (ForkedJvm process : processes) {
            operations += Long.parseLong(process.awaitLine("done:"));
            assertThat(process.awaitExit()).as("%s", process.output()).isZero();
            assertThat(process.output()).noneMatch(line -> line.startsWith(VIOLATION));
        }
        return operations;
    }

    private long repairs() throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(data))
                .order(ByteOrder.nativeOrder())
                .getLong(HammerProcess.REPAIRS);
    }

    private void assertNothingStaysBehind() throws Exception {
        try (Victim fresh = Victim.with(temporary.path(), HammerProcess.LOCK, Victim.Mending.MEND)) {
            fresh.ready();
            fresh.acquire("fresh", "write-for", AT_ONCE.toMillis());
            fresh.ask("fresh", "close");
            fresh.acquire("fresh", "read-for", AT_ONCE.toMillis());
            fresh.ask("fresh", "close");
            assertThat(state())
                    .startsWith("writers=[], owner=nobody, section=closed, ")
                    .endsWith(", lanes=[]");
        }
        try (Domain domain = temporary.open();
                MappedReadWriteLock lock = MappedReadWriteLock.open(domain, HammerProcess.LOCK)) {
            Conditions.await(
                    "the others are gone",
                    ofSeconds(10),
                    () -> domain.participants().size() == 1);
            assertEveryLaneCanBeLeased(lock);
        }
    }

    private String state() throws IOException {
        MappedFile file = MappedFile.open(temporary.path().resolve(HammerProcess.LOCK + ".lock"), LockLayout.TYPE);
        try {
            return LockDecoder.state(file.words());
        } finally {
            file.release();
        }
    }

    /** Only who has a lane of its own is known by the name of its thread. */
    private static void assertEveryLaneCanBeLeased(MappedReadWriteLock lock) throws Exception {
        CountDownLatch holding = new CountDownLatch(LANES);
        CountDownLatch counted = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < LANES; i++) {
            Thread thread = new Thread(
                    () -> {
                        try (Hold hold = lock.read()) {
                            hold.ensureValid();
                            holding.countDown();
                            counted.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "lessee-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        assertThat(holding.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(lock.parties().stream().filter(party -> party.thread().startsWith("lessee-")))
                .hasSize(LANES);
        counted.countDown();
        for (Thread thread : threads) {
            Conditions.join(thread, ofSeconds(20));
        }
    }
}
