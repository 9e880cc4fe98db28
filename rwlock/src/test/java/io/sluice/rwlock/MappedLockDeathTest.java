package io.sluice.rwlock;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.rwlock.Repair.Deaths;
import io.sluice.rwlock.Victim.Mending;
import io.sluice.shm.Domain;
import io.sluice.shm.domain.Participant;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReadWriteLock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Processes that use the lock are killed, or stopped. */
@Tag("kill")
class MappedLockDeathTest {
    /** Of each scene. */
    private static final int KILLS = Stress.choose(4, 200);

    private static final int AT_ONCE = 10;
    private static final Duration MEDIAN = ofMillis(50);
    private static final Duration EACH = ofSeconds(5);
    private static final Duration A_WHILE = ofSeconds(1);
    private static final List<Long> FIRST_IN = new ArrayList<>();
    private static final String NAME = "book";
    private static final String TORN = "a writer died in its section and nobody has mended the data: lock=book";

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    /** Over all scenes, since one of them alone is at the mercy of what else the machine does. */
    @AfterAll
    static void compareMedian() {
        Collections.sort(FIRST_IN);
        if (!FIRST_IN.isEmpty()) {
            long median = FIRST_IN.get(FIRST_IN.size() / 2);
            System.out.printf(
                    "MappedLockDeathTest: all: kills=%d, from kill to the first of the survivors, ms: median=%.2f%n",
                    FIRST_IN.size(), median / 1e6);
            FIRST_IN.clear();
            assertThat(median).isLessThan(MEDIAN.toNanos());
        }
    }

    // ---------------------------------------------------------------- survivors get in

    /**
     * Who is in the way, and what the victim is doing when it is killed.
     *
     * @param gatekeeper what this JVM's test thread holds, so that the victim must wait; null: nothing
     * @param leaves whether the gatekeeper leaves at the kill; else the survivors, readers, get in beside it
     * @param victims what the victims are told to do, in turn
     */
    private record Scene(String what, LockMode gatekeeper, boolean leaves, List<String> victims) {}

    @Test
    void kill_holdsRead_survivorsGetIn() throws Exception {
        measure(new Scene("holds read", null, true, List.of("view-read", "read", "read-async")));
    }

    @Test
    void kill_holdsWrite_survivorsGetIn() throws Exception {
        measure(new Scene("holds write", null, true, List.of("view-write", "write", "write-async")));
    }

    @Test
    void kill_holdsManyLanes_survivorsGetIn() throws Exception {
        measure(new Scene("holds many lanes", null, true, List.of("crowd 60")));
    }

    /** The gate opens again, though the reader that the victim waited for is still there. */
    @Test
    void kill_waitsForWriteBehindAReader_readersGetIn() throws Exception {
        measure(new Scene(
                "waits for write behind a reader", LockMode.READ, false, List.of("write", "write-for 60000")));
    }

    @Test
    void kill_drains_survivorsGetInWhenTheReaderLeaves() throws Exception {
        measure(new Scene("drains", LockMode.READ, true, List.of("view-write", "write-for 60000", "write-async")));
    }

    @Test
    void kill_waitsForWriteBehindAWriter_survivorsGetInWhenThatLeaves() throws Exception {
        List<String> victims = List.of("write", "write-for 60000", "write-async");
        measure(new Scene("waits for write behind a writer", LockMode.WRITE, true, victims));
    }

    @Test
    void kill_waitsForReadBehindAWriter_survivorsGetInWhenThatLeaves() throws Exception {
        List<String> victims = List.of("view-read", "read-for 60000", "read-async");
        measure(new Scene("waits for read behind a writer", LockMode.WRITE, true, victims));
    }

    private void measure(Scene scene) throws Exception {
        MappedReadWriteLock lock = open(null);
        List<Long> first = new ArrayList<>();
        List<Long> last = new ArrayList<>();
        List<Victim> victims = new ArrayList<>();
        try (Victim survivor = Victim.with(path, NAME)) {
            for (int kill = 0; kill < KILLS; kill++) {
                if (kill % AT_ONCE == 0) {
                    start(victims, Math.min(AT_ONCE, KILLS - kill));
                }
                String command = scene.victims.get(kill % scene.victims.size());
                List<Long> delays = kill(lock, scene, victims.get(kill), command, survivor);
                first.add(Collections.min(delays));
                last.add(Collections.max(delays));
            }
        } finally {
            victims.forEach(Victim::close);
        }
        assertThat(lock.parties()).noneMatch(LockParty::holds);
        FIRST_IN.addAll(first);
        Collections.sort(first);
        Collections.sort(last);
        System.out.printf(
                "MappedLockDeathTest: %s: kills=%d, from kill to the first of the survivors, ms: median=%.2f,"
                        + " worst=%.2f; to the last: median=%.2f, worst=%.2f%n",
                scene.what,
                KILLS,
                first.get(KILLS / 2) / 1e6,
                first.get(KILLS - 1) / 1e6,
                last.get(KILLS / 2) / 1e6,
                last.get(KILLS - 1) / 1e6);
        assertThat(first.get(0)).as("nobody gets in before the kill").isPositive();
        assertThat(last.get(KILLS - 1)).isLessThan(EACH.toNanos());
    }

    /** Their JVMs start side by side. */
    private void start(List<Victim> victims, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            victims.add(Victim.with(path, NAME));
        }
        for (Victim victim : victims.subList(victims.size() - count, victims.size())) {
            victim.ready();
        }
    }

    /** For each survivor the nanoseconds from the kill until it was in. */
    private static List<Long> kill(
            MappedReadWriteLock lock, Scene scene, Victim victim, String command, Victim survivor) throws Exception {
        Hold gatekeeper = null;
        if (scene.gatekeeper != null) {
            gatekeeper = scene.gatekeeper == LockMode.READ ? lock.read() : lock.write();
        }
        victim.tell("victim", command);
        if (gatekeeper == null) {
            victim.answer("victim");
        } else {
            awaitWaiting(lock, victim);
        }
        boolean writersToo = scene.leaves;
        List<Passage> here = new ArrayList<>();
        List<String> there = new ArrayList<>();
        if (writersToo) {
            here.add(Passage.blocked("here-writer", lock::write));
            there.add("there-writer");
            survivor.tell("there-writer", "pass-write");
            Passage.awaitWaiting(lock, "there-writer");
        }
        here.add(Passage.blocked("here-reader", lock::read));
        there.add("there-reader");
        survivor.tell("there-reader", "pass-read");
        Passage.awaitWaiting(lock, "here-reader", "there-reader");

        long start = System.nanoTime();
        victim.kill();
        if (gatekeeper != null && scene.leaves) {
            gatekeeper.close();
        }
        List<Long> delays = new ArrayList<>();
        for (Passage passage : here) {
            delays.add(passage.end().at() - start);
        }
        for (String thread : there) {
            delays.add(survivor.got(thread).at() - start);
        }
        if (gatekeeper != null) {
            gatekeeper.close();
        }
        return delays;
    }

    /** Whichever of its threads it is that waits. */
    private static void awaitWaiting(MappedReadWriteLock lock, Victim victim) throws Exception {
        String process = "pid=" + victim.jvm().pid() + ",";
        Conditions.await(
                "it waits",
                Passage.LIMIT,
                () -> lock.parties().stream()
                        .anyMatch(party -> !party.holds() && party.process().startsWith(process)));
    }

    /** Else the survivors would only find out when they look again, every 100 ms. */
    @Test
    void wait_forAnotherProcess_watchesForItsDeath() throws Exception {
        MappedReadWriteLock lock = open(null);
        for (String command : List.of("read", "write")) {
            try (Victim victim = Victim.with(path, NAME)) {
                victim.acquire("victim", command);
                String watcher = "sluice-death-watch-" + participant(victim).slot() + "."
                        + participant(victim).incarnation();
                assertThat(threads()).doesNotContain(watcher);
                Passage waiter = Passage.start("here", command.equals("read") ? lock::write : lock::read);
                Conditions.await("it is watched", ofSeconds(10), () -> threads().contains(watcher));

                victim.ask("victim", "close");
                waiter.end();
            }
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    /** The victim comes and goes as a waiting writer; it is killed at any moment of that. */
    @Test
    void kill_writersThatGiveUpAgainAndAgain_readersGetIn() throws Exception {
        Random random = new Random(Seed.next("MappedLockDeathTest"));
        MappedReadWriteLock lock = open(null);
        List<Victim> victims = new ArrayList<>();
        try (Victim survivor = Victim.with(path, NAME);
                Hold gatekeeper = lock.read()) {
            start(victims, Math.min(AT_ONCE, KILLS));
            for (Victim victim : victims) {
                victim.ask("victim", "write-again-and-again", 300);
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                victim.kill();

                Passage here = Passage.start("here-reader", lock::read);
                assertThat(survivor.acquire("there-reader", "pass-read").writerDied())
                        .isFalse();
                here.end();
                gatekeeper.ensureValid();
            }
        } finally {
            victims.forEach(Victim::close);
        }
        assertThat(Passage.through(lock.write()).writerDied()).isFalse();
    }

    // ---------------------------------------------------------------- what is told of a death

    @Test
    void write_writerDiedInItsSection_isToldUntilItIsMarked() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("write");

        try (Hold first = lock.write()) {
            assertThat(first.previousOwnerDied()).isTrue();
            assertThat(first.readersDied()).isFalse();
        }
        try (Hold second = lock.write()) {
            assertThat(second.previousOwnerDied()).isTrue();
            second.markConsistent();
            assertThat(second.previousOwnerDied()).isFalse();
        }
        try (Hold third = lock.write()) {
            assertThat(third.previousOwnerDied()).isFalse();
            assertThat(third.readersDied()).isFalse();
        }
    }

    @Test
    void write_writerDiedInItsSection_isToldInOtherProcessesToo() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim survivor = Victim.with(path, NAME)) {
            killInSection("view-write");
            lock.write().close();

            assertThat(survivor.acquire("there", "write").writerDied()).isTrue();
            survivor.ask("there", "mark");
            survivor.ask("there", "close");
            assertThat(survivor.acquire("there", "write").writerDied()).isFalse();
        }
    }

    @Test
    void write_afterADeath_hasAHigherTokenThanTheDead() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            long token = victim.acquire("victim", "write").token();
            victim.kill();

            assertThat(Passage.through(lock.write()).token()).isGreaterThan(token);
        }
    }

    @Test
    void write_readersDied_isToldOnce() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("crowd", 6);

        try (Hold first = lock.write()) {
            assertThat(first.readersDied()).isTrue();
            assertThat(first.previousOwnerDied()).isFalse();
        }
        try (Hold second = lock.write()) {
            assertThat(second.readersDied()).isFalse();
        }
    }

    /** Readers are let in by the dead readers' lanes, which only a writer looks at. */
    @Test
    void read_readersDied_isNotRefused() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("read");

        lock.read().close();
        assertThat(Passage.through(lock.write()).readersDied()).isTrue();
    }

    /** Who drained a dead reader's lane and then gave up has not told anybody. */
    @Test
    void write_readersDiedBeforeAnotherGaveUp_isToldStill() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim reader = Victim.with(path, NAME)) {
            killInSection("view-read");
            reader.acquire("reader", "read");
            assertThatThrownBy(() -> lock.write(ofMillis(100))).isInstanceOf(LockTimeoutException.class);
            reader.ask("reader", "close");

            assertThat(Passage.through(lock.write()).readersDied()).isTrue();
        }
    }

    @Test
    void read_writerDiedInItsSection_isRefusedInEveryWay() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("write");
        ReadWriteLock view = lock.asReadWriteLock();

        assertThatThrownBy(lock::read)
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(lock::tryRead)
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(() -> lock.read(ofSeconds(10)))
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(() -> view.readLock().lock())
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(() -> view.readLock().tryLock())
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(() -> lock.readAsync().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThat(lock.tryOptimisticRead()).isZero();
        assertThat(lock.describe()).contains(", consistent=false\n");
    }

    @Test
    void read_nobodyMarked_staysRefusedAndIsLetInAfterTheMark() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim survivor = Victim.with(path, NAME)) {
            killInSection("write");
            lock.write().close();
            assertThatThrownBy(lock::read).isInstanceOf(InconsistentDataException.class);
            assertThat(survivor.refusal("there", "read")).isEqualTo("InconsistentDataException: " + TORN);

            try (Hold mender = lock.write()) {
                mender.markConsistent();
            }
            lock.read().close();
            survivor.acquire("there", "read");
            assertThat(lock.describe()).contains(", consistent=true\n");
        }
    }

    @Test
    void downgrade_afterMarking_reads() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("write");

        Hold mender = lock.write();
        mender.markConsistent();
        try (Hold reader = mender.downgrade()) {
            assertThat(reader.isValid()).isTrue();
            assertThat(reader.previousOwnerDied()).isFalse();
            try (Victim survivor = Victim.with(path, NAME)) {
                survivor.acquire("there", "read");
            }
        }
    }

    /** The view has no way to tell of a death, and none to mend. */
    @Test
    void viewWrite_writerDiedInItsSection_isRefusedAndHoldsNothing() throws Exception {
        MappedReadWriteLock lock = open(null);
        killInSection("view-write");
        ReadWriteLock view = lock.asReadWriteLock();

        assertThatThrownBy(() -> view.writeLock().lock())
                .isInstanceOf(InconsistentDataException.class)
                .hasMessage(TORN);
        assertThatThrownBy(() -> view.writeLock().tryLock()).isInstanceOf(InconsistentDataException.class);
        assertThatThrownBy(() -> view.writeLock().unlock()).isInstanceOf(IllegalMonitorStateException.class);
        try (Victim survivor = Victim.with(path, NAME)) {
            assertThat(survivor.acquire("there", "pass-write").writerDied()).isTrue();
        }
        Passage.through(view.writeLock());
    }

    /** A writer that only waited has torn nothing. */
    @Test
    void write_waitingWriterDied_isNotToldOfIt() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            try (Hold gatekeeper = lock.read()) {
                victim.tell("victim", "write");
                Passage.awaitWaiting(lock, "victim");
                victim.kill();
                gatekeeper.ensureValid();
            }
            try (Hold next = lock.write()) {
                assertThat(next.previousOwnerDied()).isFalse();
                assertThat(next.readersDied()).isFalse();
            }
            lock.read().close();
        }
    }

    @Test
    void validate_writerDiedSinceTheStamp_isFalse() throws Exception {
        MappedReadWriteLock lock = open(null);
        long stamp = lock.tryOptimisticRead();
        assertThat(lock.validate(stamp)).isTrue();
        killInSection("write");

        assertThat(lock.validate(stamp)).isFalse();
        try (Hold mender = lock.write()) {
            mender.markConsistent();
        }
        assertThat(lock.validate(stamp)).isFalse();
        assertThat(lock.validate(lock.tryOptimisticRead())).isTrue();
    }

    // ---------------------------------------------------------------- repair

    @Test
    void repair_triggeredByAReader_runsBeforeAnybodyElseGetsIn() throws Exception {
        runsBeforeAnybodyElse(MappedReadWriteLock::read);
    }

    @Test
    void repair_triggeredByAWriter_runsBeforeAnybodyElseGetsIn() throws Exception {
        runsBeforeAnybodyElse(MappedReadWriteLock::write);
    }

    @Test
    void repair_triggeredByAnAsynchronousReader_runsBeforeAnybodyElseGetsIn() throws Exception {
        runsBeforeAnybodyElse(lock -> lock.readAsync().get(20, TimeUnit.SECONDS));
    }

    @Test
    void repair_triggeredByTheView_runsBeforeAnybodyElseGetsIn() throws Exception {
        runsBeforeAnybodyElse(lock -> {
            Passage.through(lock.asReadWriteLock().writeLock());
            return lock.read();
        });
    }

    private interface Acquisition {
        Hold by(MappedReadWriteLock lock) throws Exception;
    }

    private void runsBeforeAnybodyElse(Acquisition acquisition) throws Exception {
        List<Deaths> mended = new CopyOnWriteArrayList<>();
        AtomicReference<MappedReadWriteLock> opened = new AtomicReference<>();
        AtomicLong mendedAt = new AtomicLong();
        try (Victim survivor = Victim.with(path, NAME)) {
            MappedReadWriteLock lock = open(deaths -> {
                mended.add(deaths);
                assertNobodyGetsIn(opened.get(), survivor);
                mendedAt.set(System.nanoTime());
            });
            opened.set(lock);
            killInSection("write");

            try (Hold hold = acquisition.by(lock)) {
                assertThat(hold.previousOwnerDied()).isFalse();
                assertThat(hold.readersDied()).isFalse();
            }
            assertThat(mended).containsExactly(new Deaths(true, false));
            assertThat(survivor.got("there-reader").at()).isGreaterThan(mendedAt.get());
            assertThat(survivor.got("there-writer").at()).isGreaterThan(mendedAt.get());
            assertThat(survivor.acquire("there", "pass-write").writerDied()).isFalse();
        }
        assertThat(mended).hasSize(1);
    }

    /** Called by the callback; leaves a reader and a writer of the other process waiting. */
    private static void assertNobodyGetsIn(MappedReadWriteLock lock, Victim survivor) {
        try {
            assertThat(survivor.ask("there", "try-read")).isEqualTo("null");
            assertThat(survivor.ask("there", "try-write")).isEqualTo("null");
            survivor.tell("there-reader", "pass-read");
            survivor.tell("there-writer", "pass-write");
            Passage.awaitWaiting(lock, "there-reader", "there-writer");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void repair_readersDied_isToldSoAndRunsOnceForTheNextWriter() throws Exception {
        List<Deaths> mended = new CopyOnWriteArrayList<>();
        MappedReadWriteLock lock = open(mended::add);
        killInSection("crowd", 3);

        lock.read().close();
        assertThat(mended).isEmpty();
        try (Hold hold = lock.write()) {
            assertThat(hold.readersDied()).isFalse();
        }
        lock.write().close();
        assertThat(mended).containsExactly(new Deaths(false, true));
    }

    @Test
    void repair_throws_goesToTheAcquirerAndTheNextOneTriesAgain() throws Exception {
        IllegalArgumentException failure = new IllegalArgumentException("cannot mend");
        AtomicInteger failures = new AtomicInteger(4);
        List<Deaths> mended = new CopyOnWriteArrayList<>();
        MappedReadWriteLock lock = open(deaths -> {
            mended.add(deaths);
            if (failures.getAndDecrement() > 0) {
                throw failure;
            }
        });
        killInSection("write");

        assertThatThrownBy(lock::write).isSameAs(failure);
        assertThatThrownBy(lock::read).isSameAs(failure);
        assertThatThrownBy(() -> lock.asReadWriteLock().readLock().lock()).isSameAs(failure);
        assertThatThrownBy(() -> lock.writeAsync().get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isSameAs(failure);
        try (Victim survivor = Victim.with(path, NAME)) {
            assertThat(survivor.refusal("there", "read")).isEqualTo("InconsistentDataException: " + TORN);
        }
        assertThat(lock.parties()).noneMatch(LockParty::holds);
        try (Hold hold = lock.write()) {
            assertThat(hold.previousOwnerDied()).isFalse();
        }
        assertThat(mended).hasSize(5).containsOnly(new Deaths(true, false));
        lock.read().close();
    }

    @Test
    void repair_readersProcessIsKilledInIt_theNextRepairsAgain() throws Exception {
        repairsAgain("read");
    }

    @Test
    void repair_writersProcessIsKilledInIt_theNextRepairsAgain() throws Exception {
        repairsAgain("view-write");
    }

    private void repairsAgain(String command) throws Exception {
        List<Deaths> mended = new CopyOnWriteArrayList<>();
        MappedReadWriteLock lock = open(mended::add);
        try (Victim mender = Victim.with(path, NAME, Mending.HANG)) {
            killInSection("write");
            mender.tell("mender", command);
            assertThat(mender.awaitRepair()).isEqualTo(new Deaths(true, false));
            Passage reader = Passage.blocked("here-reader", lock::read);
            assertThat(mended).isEmpty();
            mender.kill();

            reader.end();
            assertThat(mended).containsExactly(new Deaths(true, false));
            assertThat(Passage.through(lock.write()).writerDied()).isFalse();
        }
        assertThat(mended).hasSize(1);
    }

    @Test
    void repair_ofAnotherProcessThrows_dataIsMendedByThisOne() throws Exception {
        List<Deaths> mended = new CopyOnWriteArrayList<>();
        MappedReadWriteLock lock = open(mended::add);
        try (Victim mender = Victim.with(path, NAME, Mending.FAIL)) {
            killInSection("write");
            assertThat(mender.refusal("mender", "read")).isEqualTo("IllegalArgumentException: cannot mend");
            lock.read().close();
            assertThat(mended).containsExactly(new Deaths(true, false));
            mender.acquire("mender", "read");
        }
    }

    // ---------------------------------------------------------------- stopped is alive

    @Test
    void stop_writeHolder_keepsItsHoldUntilItGoesOn() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME);
                Victim survivor = Victim.with(path, NAME)) {
            victim.acquire("victim", "write");
            stop(victim);
            Passage reader = Passage.blocked("here-reader", lock::read);
            survivor.tell("there-writer", "pass-write");

            assertThatThrownBy(() -> lock.write(A_WHILE))
                    .isInstanceOf(LockTimeoutException.class)
                    .hasMessageContaining("holds WRITE: pid=" + victim.jvm().pid() + ", ")
                    .hasMessageContaining(", state=STOPPED, thread=victim, ");
            assertThat(reader.isOver()).isFalse();
            assertThat(lock.tryRead()).isNull();
            assertThat(lock.tryWrite()).isNull();
            assertThat(lock.describe())
                    .contains("holds WRITE: pid=" + victim.jvm().pid() + ", ", "state=STOPPED");

            victim.jvm().resume();
            victim.ask("victim", "close");
            assertThat(survivor.got("there-writer").writerDied()).isFalse();
            reader.end();
        }
    }

    @Test
    void stop_readHolder_keepsItsHoldUntilItGoesOn() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            victim.ask("victim", "view-read");
            stop(victim);

            assertThatThrownBy(() -> lock.write(A_WHILE))
                    .isInstanceOf(LockTimeoutException.class)
                    .hasMessageContaining("holds READ: pid=" + victim.jvm().pid() + ", ")
                    .hasMessageContaining(", state=STOPPED, thread=victim, ");
            lock.read().close();

            Passage writer = Passage.blocked("here-writer", lock::write);
            victim.jvm().resume();
            victim.ask("victim", "unlock-read");
            assertThat(writer.end().readersDied()).isFalse();
        }
    }

    /** Its bit stays, and so does the gate: nobody can know that it will not go on in the next moment. */
    @Test
    void stop_waitingWriter_keepsTheGateClosedUntilItGoesOn() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            Hold gatekeeper = lock.read();
            victim.tell("victim", "write");
            Passage.awaitWaiting(lock, "victim");
            stop(victim);
            Passage reader = Passage.blocked("here-reader", lock::read);

            gatekeeper.close();
            assertThatThrownBy(() -> lock.read(A_WHILE))
                    .isInstanceOf(LockTimeoutException.class)
                    .hasMessageContaining("waits for WRITE: pid=" + victim.jvm().pid() + ", ")
                    .hasMessageContaining(", state=STOPPED, thread=victim, ");
            assertThat(reader.isOver()).isFalse();

            victim.jvm().resume();
            assertThat(victim.got("victim").readersDied()).isFalse();
            assertThat(reader.isOver()).isFalse();
            victim.ask("victim", "close");
            reader.end();
        }
    }

    @Test
    void stop_waitingReader_holdsNobodyUp() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            try (Hold gatekeeper = lock.write()) {
                victim.tell("victim", "read");
                Passage.awaitWaiting(lock, "victim");
                stop(victim);
                gatekeeper.ensureValid();
            }
            for (int i = 0; i < 10; i++) {
                lock.write(ofSeconds(5)).close();
                lock.read(ofSeconds(5)).close();
            }
            victim.jvm().resume();
            victim.got("victim");
        }
    }

    @Test
    void kill_stoppedHolder_survivorsGetIn() throws Exception {
        MappedReadWriteLock lock = open(null);
        try (Victim victim = Victim.with(path, NAME)) {
            victim.acquire("victim", "write");
            stop(victim);
            Passage writer = Passage.blocked("here-writer", lock::write);
            Passage reader = Passage.blocked("here-reader", lock::read);

            victim.kill();
            assertThat(writer.end().writerDied()).isTrue();
            reader.end();
        }
    }

    private void stop(Victim victim) throws Exception {
        victim.jvm().stop();
        Conditions.await(
                "it is stopped", ofSeconds(10), () -> participant(victim).state() == Participant.State.STOPPED);
    }

    private Participant participant(Victim victim) {
        return domain.participants().stream()
                .filter(participant -> participant.pid() == victim.jvm().pid())
                .findFirst()
                .orElseThrow();
    }

    /** Has a process acquire as {@code command} says, and kills it. */
    private void killInSection(Object... command) throws Exception {
        try (Victim victim = Victim.with(path, NAME)) {
            victim.ask("victim", command);
            victim.kill();
            victim.awaitDeath(domain);
        }
    }

    private MappedReadWriteLock open(Repair repair) throws IOException {
        MappedReadWriteLock.Builder builder = MappedReadWriteLock.named(NAME);
        if (repair != null) {
            builder.repair(repair);
        }
        MappedReadWriteLock lock = builder.open(domain);
        lock.read().close(); // this thread has a lane now, and does not take over that of a dead one
        return lock;
    }
}
