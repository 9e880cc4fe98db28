package io.sluice.rwlock;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Flight Recorder is told. */
class LockEventsTest {
    private static final String CONTENDED = "io.sluice.LockContended";
    private static final String LONG_HOLD = "io.sluice.LockLongHold";
    private static final String RECOVERY = "io.sluice.LockRecovery";

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

    @Test
    void recording_nothingIsEnabled_hasNoLockEvents() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
            recording.start();
            contend(lock);
            holdFor(lock, ofMillis(15).toNanos());

            assertThat(events(recording)).isEmpty();
        }
    }

    @Test
    void contended_waitsThatEndInEveryWay_tellLockModeAndOutcome() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        try (Recording recording = recording(settings -> settings.enable(CONTENDED))) {
            contend(lock);

            List<RecordedEvent> events = events(recording);
            assertThat(events)
                    .extracting(event -> event.getThread().getJavaName() + ": " + event.getString("lock") + " "
                            + event.getString("mode") + " " + event.getString("outcome"))
                    .containsExactlyInAnyOrder(
                            "a-reader: book READ acquired",
                            "b-reader: book READ timed_out",
                            "c-writer: book WRITE timed_out",
                            "d-writer: book WRITE interrupted",
                            "e-writer: book WRITE acquired");
            assertThat(events).allMatch(event -> event.getEventType().getName().equals(CONTENDED));
            assertThat(events).allMatch(event -> event.getDuration().toNanos() > 0);
            assertThat(events).allMatch(event -> event.getStackTrace() != null);
        }
    }

    @Test
    void contended_servedAtOnceOrNotWaiting_isNotRecorded() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        try (Recording recording = recording(settings -> settings.enable(CONTENDED))) {
            lock.read().close();
            lock.write().close();
            Passage.through(lock.asReadWriteLock().readLock());
            try (Hold hold = lock.write()) {
                Passage refused = Passage.start("trying", () -> {
                    assertThat(lock.tryRead()).isNull();
                    assertThat(lock.tryWrite()).isNull();
                    throw new IllegalStateException("tried");
                });
                assertThat(refused.failure()).hasMessage("tried");
                hold.ensureValid();
            }

            assertThat(events(recording)).isEmpty();
        }
    }

    @Test
    void longHold_longerThanTheThreshold_tellsLockAndDuration() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        try (Recording recording = recording(settings -> settings.enable(LONG_HOLD))) {
            lock.write().close();
            holdFor(lock, ofMillis(12).toNanos());
            Lock view = lock.asReadWriteLock().writeLock();
            view.lock();
            try {
                pass(ofMillis(12).toNanos());
            } finally {
                view.unlock();
            }

            List<RecordedEvent> events = events(recording);
            assertThat(events).allMatch(event -> event.getString("lock").equals("book"));
            assertThat(events.stream().filter(event -> event.getDuration().compareTo(ofMillis(12)) >= 0))
                    .hasSizeGreaterThanOrEqualTo(2);
            assertThat(events).allMatch(event -> event.getDuration().compareTo(ofMillis(10)) >= 0);
        }
    }

    @Test
    void longHold_otherThreshold_isThatOne() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        try (Recording recording =
                recording(settings -> settings.enable(LONG_HOLD).withThreshold(ofSeconds(60)))) {
            holdFor(lock, ofMillis(12).toNanos());

            assertThat(events(recording)).isEmpty();
        }
    }

    @Test
    @Tag("kill")
    void recovery_afterDeaths_tellsWhoseClaimWasCleared() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.named("book")
                .repair(deaths -> assertThat(deaths).isNotNull())
                .open(domain);
        lock.read().close(); // this thread has a lane of its own, and does not take over the dead one's
        String reader;
        String writer;
        try (Recording recording = recording(settings -> settings.enable(RECOVERY))) {
            reader = kill("view-read");
            lock.write().close();
            writer = kill("write");
            lock.write().close();

            assertThat(events(recording))
                    .extracting(event -> event.getString("lock") + " " + event.getString("what") + " "
                            + event.getString("participant"))
                    .containsExactly(
                            "book reader " + reader,
                            "book data repaired",
                            "book owner " + writer,
                            "book writer " + writer,
                            "book data repaired");
        }
    }

    /** Kills a process that holds the lock; how the events name it. */
    private String kill(String command) throws InterruptedException {
        try (Victim victim = Victim.with(path, "book")) {
            victim.ask("there", command);
            String name = domain.participants().stream()
                    .filter(participant -> participant.pid() == victim.jvm().pid())
                    .map(participant -> "slot=" + participant.slot() + ", incarnation=" + participant.incarnation())
                    .findFirst()
                    .orElseThrow();
            victim.kill();
            return name;
        }
    }

    /** One wait of each outcome, in threads whose names begin with the order of their coming. */
    private static void contend(MappedReadWriteLock lock) throws Exception {
        Hold writer = lock.write();
        Passage reader = Passage.blocked("a-reader", lock::read);
        assertThat(Passage.start("b-reader", () -> lock.read(ofMillis(5))).failure())
                .isInstanceOf(LockTimeoutException.class);
        writer.close();
        reader.end();

        Hold held = lock.read();
        assertThat(Passage.start("c-writer", () -> lock.write(ofMillis(5))).failure())
                .isInstanceOf(LockTimeoutException.class);
        assertThat(Passage.start("d-writer", () -> interrupted(lock)).failure())
                .isInstanceOf(InterruptedException.class);
        Passage last = Passage.blocked("e-writer", lock::write);
        held.close();
        last.end();
    }

    /** Interrupted while it waits, and not before. */
    private static Hold interrupted(MappedReadWriteLock lock) throws Exception {
        Thread waiter = Thread.currentThread();
        Thread interrupter = new Thread(
                () -> {
                    try {
                        Passage.awaitWaiting(lock, waiter.getName());
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    waiter.interrupt();
                },
                "interrupter");
        interrupter.start();
        return lock.writeInterruptibly();
    }

    private static void holdFor(MappedReadWriteLock lock, long nanos) {
        try (Hold hold = lock.write()) {
            pass(nanos);
            hold.ensureValid();
        }
    }

    private static void pass(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private static Recording recording(Consumer<Recording> settings) {
        Recording recording = new Recording();
        settings.accept(recording);
        recording.start();
        return recording;
    }

    /** The lock's events, in the order of their ends. */
    private List<RecordedEvent> events(Recording recording) throws IOException {
        recording.stop();
        Path file = temporary.parent().resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.sluice.Lock"))
                .sorted((one, two) -> one.getEndTime().compareTo(two.getEndTime()))
                .toList();
    }
}
