package io.sluice.rwlock;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.Participant;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a lock tells people: descriptions, parties, messages. */
class LockExplainTest {
    private static final Duration LIMIT = ofSeconds(20);
    private static final String HERE = "test-thread";

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;
    private MappedReadWriteLock lock;
    private Participant self;
    private String formerName;

    @BeforeEach
    void openLock() throws IOException {
        domain = temporary.open();
        lock = MappedReadWriteLock.open(domain, "book");
        self = domain.participants().get(0);
        formerName = Thread.currentThread().getName();
        Thread.currentThread().setName(HERE);
    }

    @AfterEach
    void deleteDirectory() {
        Thread.currentThread().setName(formerName);
        domain.close();
        temporary.close();
    }

    // ---------------------------------------------------------------- describe

    @Test
    void describe_freshLock_saysNameFileTokenAndWords() {
        long token = Passage.through(lock.read()).token(); // whatever it begins with

        assertThat(lock.describe())
                .startsWith("lock: name=book, path=" + path.resolve("book.lock") + ", token=" + token
                        + ", consistent=true\n  words: writers=[], owner=nobody, section=closed, ");
    }

    @Test
    void describe_nobodyHolds_listsNobody() {
        lock.write().close();

        assertThat(lock.describe())
                .endsWith("\n  words: writers=[], owner=nobody, section=closed, readers=unbiased, lanes=[]\n");
        assertThat(lock.parties()).isEmpty();
    }

    @Test
    void describe_writeHold_saysSlotSectionAndHolder() {
        try (Hold hold = lock.write()) {
            int slot = self.slot();
            assertThat(lock.describe())
                    .startsWith("lock: name=book, path=" + path.resolve("book.lock") + ", token=" + hold.token()
                            + ", consistent=true\n  words: writers=[" + slot + "], owner=" + slot
                            + ", section=open, readers=unbiased, lanes=[]\n")
                    .endsWith("\n  holds WRITE: " + self + ", thread=" + HERE + ", blocking=0us\n");
        }
    }

    @Test
    void describe_readHolds_sayOneSlotForEachLane() throws Exception {
        try (Hold own = lock.read();
                Hold again = lock.read();
                Hold shared = lock.readAsync().get(20, TimeUnit.SECONDS)) {
            int slot = self.slot();
            assertThat(lock.describe())
                    .contains(", lanes=[" + slot + ", " + slot + "]\n")
                    .contains("\n  holds READ: " + self + ", thread=" + HERE + ", blocking=0us\n")
                    .contains("\n  holds READ: " + self + ", thread=, blocking=0us\n");
            own.ensureValid();
            again.ensureValid();
            shared.ensureValid();
        }
    }

    // ---------------------------------------------------------------- parties

    @Test
    void parties_viewReader_isNamed() {
        Lock view = lock.asReadWriteLock().readLock();
        view.lock();
        try {
            assertThat(lock.parties())
                    .containsExactly(new LockParty(LockMode.READ, true, self.toString(), HERE, Duration.ZERO));
        } finally {
            view.unlock();
        }
    }

    @Test
    void parties_asynchronousWriter_isNamedByWhoAskedForIt() throws Exception {
        try (Hold hold = lock.writeAsync().get(20, TimeUnit.SECONDS)) {
            assertThat(lock.parties())
                    .containsExactly(new LockParty(LockMode.WRITE, true, self.toString(), HERE, Duration.ZERO));
            hold.ensureValid();
        }
    }

    @Test
    void parties_waiters_haveModeNameAndAge() throws Exception {
        Hold hold = lock.read();
        Passage writer = Passage.blocked("a-writer", lock::write);
        Passage reader = Passage.blocked("a-reader", lock::read);
        Passage.awaitWaiting(lock, "a-writer", "a-reader");

        LockParty waitingWriter = party("a-writer");
        LockParty waitingReader = party("a-reader");
        LockParty holder = party(HERE);
        assertThat(waitingWriter.mode()).isEqualTo(LockMode.WRITE);
        assertThat(waitingWriter.holds()).isFalse();
        assertThat(waitingWriter.process()).isEqualTo(self.toString());
        assertThat(waitingWriter.age()).isBetween(ofMillis(1), LIMIT);
        assertThat(waitingReader.mode()).isEqualTo(LockMode.READ);
        assertThat(waitingReader.holds()).isFalse();
        assertThat(waitingReader.age()).isBetween(ofMillis(1), LIMIT);
        assertThat(holder.holds()).isTrue();
        assertThat(holder.age()).as("how long it has been waited for").isBetween(ofMillis(1), LIMIT);
        assertThat(waitingWriter.toString())
                .matches(Pattern.quote("waits for WRITE: " + self + ", thread=a-writer, waiting=") + "[1-9][0-9]*us");
        assertThat(holder.toString())
                .matches(Pattern.quote("holds READ: " + self + ", thread=" + HERE + ", blocking=") + "[1-9][0-9]*us");

        hold.close();
        writer.end();
        reader.end();
        assertThat(lock.parties()).isEmpty();
    }

    @Test
    @Tag("process")
    void parties_writerThatOtherProcessesWaitFor_saysForHowLong() throws Exception {
        try (Victim other = Victim.with(path, "book");
                Hold hold = lock.write()) {
            other.tell("there-writer", "pass-write");
            Passage.awaitWaiting(lock, "there-writer");

            assertThat(party(HERE).age()).isBetween(ofMillis(1), LIMIT);
            hold.close();
            other.got("there-writer");
            lock.write().close();
        }
        try (Hold hold = lock.write()) {
            assertThat(party(HERE).age()).isZero();
            hold.ensureValid();
        }
    }

    @Test
    @Tag("kill")
    void parties_ofAnotherProcess_havePidNameStateAndThread() throws Exception {
        try (Victim other = Victim.with(path, "book")) {
            other.ask("there", "view-read");
            String process = "pid=" + other.jvm().pid() + ", name=" + Victim.Main.class.getName()
                    + ", slot=1, incarnation=1, state=";
            assertThat(lock.parties())
                    .containsExactly(new LockParty(LockMode.READ, true, process + "ALIVE", "there", Duration.ZERO));

            other.jvm().stop();
            Conditions.await("it is stopped", LIMIT, () -> lock.describe().contains("state=STOPPED"));
            assertThat(party("there").process()).isEqualTo(process + "STOPPED");
            other.kill();
            Conditions.await("it is dead", LIMIT, () -> lock.describe().contains("state=DEAD"));
            assertThat(party("there").process()).isEqualTo(process + "DEAD");

            lock.write().close();
            assertThat(lock.parties()).isEmpty();
        }
    }

    @Test
    @Tag("kill")
    void describe_afterDeaths_saysSuspectAndInconsistent() throws Exception {
        try (Victim reader = Victim.with(path, "book");
                Victim living = Victim.with(path, "book")) {
            reader.ask("there", "view-read");
            living.acquire("there", "read");
            reader.kill();
            reader.awaitDeath(domain);
            assertThatThrownBy(() -> lock.write(ofMillis(100))).isInstanceOf(LockTimeoutException.class);
            assertThat(lock.describe()).contains(", suspect\n").contains(", consistent=true\n");
            living.ask("there", "close");
            assertThat(Passage.through(lock.write()).readersDied()).isTrue();
            assertThat(lock.describe()).doesNotContain("suspect");

            living.acquire("there", "write");
            living.kill();
            assertThatThrownBy(lock::read).isInstanceOf(InconsistentDataException.class);
            assertThat(lock.describe())
                    .contains(", consistent=false\n  words: writers=[], owner=nobody, section=open, ");
        }
    }

    @Test
    void parties_longThreadNames_areCut() throws Exception {
        String name = "a" + "\u00e9".repeat(60);
        AtomicReference<List<LockParty>> seen = new AtomicReference<>();
        Thread thread = new Thread(
                () -> {
                    try (Hold hold = lock.read()) {
                        seen.set(lock.parties());
                        hold.ensureValid();
                    }
                },
                name);
        thread.start();
        Conditions.join(thread, LIMIT);

        assertThat(seen.get()).hasSize(1);
        assertThat(seen.get().get(0).thread()).startsWith(name.substring(0, 36)).hasSizeLessThan(38);
    }

    // ---------------------------------------------------------------- messages

    @Test
    void read_timesOut_messageNamesTheWriter() throws Exception {
        try (Hold hold = lock.write()) {
            Passage reader = Passage.start("a-reader", () -> lock.read(ofMillis(20)));
            assertThat(reader.failure())
                    .isInstanceOf(LockTimeoutException.class)
                    .message()
                    .matches("not acquired in time: lock=book, mode=READ, waited=[0-9]{5,}us, parties="
                            + Pattern.quote("[holds WRITE: " + self + ", thread=" + HERE + ", blocking=0us]"));
            hold.ensureValid();
        }
    }

    @Test
    void write_timesOut_messageNamesTheReaders() throws Exception {
        try (Hold hold = lock.read()) {
            Passage writer = Passage.start("a-writer", () -> lock.write(ofMillis(20)));
            assertThat(writer.failure())
                    .isInstanceOf(LockTimeoutException.class)
                    .message()
                    .matches("not acquired in time: lock=book, mode=WRITE, waited=[0-9]+us, parties="
                            + Pattern.quote("[holds READ: " + self + ", thread=" + HERE + ", blocking=") + "[0-9]+us]");
            hold.ensureValid();
        }
    }

    @Test
    void read_timesOutBehindAWaitingWriter_messageNamesBoth() throws Exception {
        Hold hold = lock.read();
        Passage writer = Passage.blocked("a-writer", lock::write);
        Passage.awaitWaiting(lock, "a-writer");
        Passage reader = Passage.start("a-reader", () -> lock.read(ofMillis(20)));

        assertThat(reader.failure())
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("waits for WRITE: " + self + ", thread=a-writer, waiting=")
                .hasMessageContaining("holds READ: " + self + ", thread=" + HERE + ", blocking=");
        hold.close();
        writer.end();
    }

    @Test
    void readAsync_timesOut_messageNamesTheWriter() {
        try (Hold hold = lock.write()) {
            assertThatThrownBy(() -> lock.readAsync(ofMillis(20)).get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(LockTimeoutException.class)
                    .hasMessageStartingWith("not acquired in time: lock=book, mode=READ, parties=[")
                    .hasMessageContaining("holds WRITE: " + self + ", thread=" + HERE + ", ");
            hold.ensureValid();
        }
    }

    @Test
    void toString_tellsNameTokenAndEnd() {
        Hold hold = lock.write();
        assertThat(lock.toString()).endsWith(": name=book, token=" + hold.token());
        assertThat(hold.toString()).isEqualTo("Hold: lock=book, mode=WRITE, token=" + hold.token() + ", valid=true");
        hold.close();
        assertThat(hold.toString()).endsWith(", valid=false");
        assertThat(lock.asReadWriteLock().readLock().toString()).startsWith("READ view of ");
        lock.close();
        assertThat(lock.toString()).endsWith(": name=book, closed=true");
    }

    private LockParty party(String thread) {
        return lock.parties().stream()
                .filter(party -> party.thread().equals(thread))
                .findFirst()
                .orElseThrow(() -> new AssertionError("not a party: thread=" + thread + ", " + lock.describe()));
    }
}
