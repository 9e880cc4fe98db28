package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Drives the real lock, of two participants here and one that is killed, into the states that the specification numbers.
 * Each drive has a lock of its own.
 */
@Tag("kill")
class StateTableTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\| [^|]* \\| `([^`]*)` \\|", Pattern.MULTILINE);

    private final Map<Integer, String> seen = new TreeMap<>();
    private TemporaryDomain temporary;
    private Domain firstDomain;
    private Domain secondDomain;
    private MappedReadWriteLock first;
    private MappedReadWriteLock second;

    @BeforeEach
    void join() throws IOException {
        temporary = new TemporaryDomain();
        firstDomain = temporary.open();
        secondDomain = temporary.open();
    }

    @AfterEach
    void close() {
        firstDomain.close();
        secondDomain.close();
        temporary.close();
    }

    @Test
    void states_ofTheRealLock_areThoseOfTheSpecification() throws Exception {
        assumeTrue(firstDomain.core().fences().kind() == Fences.Kind.LIGHT, "bias is of domains with light fences");
        driveReadersAndWriters();
        driveDowngrade();
        killInSection();
        killWhileItDrains();
        killWhileItWaits();
        killReader();
        killReaderWhoseLaneIsLeased();
        killWhileItRevokes();
        killWhileItAdmits();
        killBeforeItHandsOver();

        assertThat(seen).isEqualTo(table());
    }

    // ---------------------------------------------------------------- the living

    private void driveReadersAndWriters() throws Exception {
        open("living");
        note(1);
        Hold reading = first.read();
        note(2);
        CompletableFuture<Hold> writing = second.writeAsync();
        awaitWords("owner=1, section=closed, readers=unbiased");
        note(3);
        reading.close();
        Hold hold = writing.get();
        note(4);
        CompletableFuture<Hold> next = first.writeAsync();
        awaitWords("writers=[0, 1]");
        note(5);
        hold.close();
        next.get().close();
        note(6);
        try (Hold unbiased = first.read()) {
            assertThat(unbiased.isValid()).isTrue();
            note(7);
        }
    }

    private void driveDowngrade() throws Exception {
        open("downgrade");
        Hold writing = first.write();
        Hold reading = writing.read();
        note(8);
        CompletableFuture<Hold> next = second.writeAsync();
        awaitWords("writers=[0, 1]");
        writing.close();
        awaitWords("owner=1");
        note(9);
        reading.close();
        next.get().close();
    }

    // ---------------------------------------------------------------- killed while it holds or waits

    private void killInSection() throws Exception {
        open("section");
        try (Victim victim = Victim.with(temporary.path(), first.name())) {
            victim.acquire("victim", "write");
            kill(victim.jvm());
        }
        note(10);
        assertThatThrownBy(first::read).isInstanceOf(InconsistentDataException.class);
        note(11);
        second.write().close();
        note(11);
        try (Hold mending = second.write()) {
            mending.markConsistent();
        }
        note(6);
    }

    private void killWhileItDrains() throws Exception {
        open("drain");
        try (Victim victim = Victim.with(temporary.path(), first.name());
                Hold reading = first.read()) {
            victim.tell("victim", "write");
            awaitWords("owner=2, section=closed, readers=unbiased");
            kill(victim.jvm());
            note(12);
            second.read().close();
            assertThat(reading.isValid()).isTrue();
            note(7);
        }
    }

    private void killWhileItWaits() throws Exception {
        open("wait");
        try (Victim victim = Victim.with(temporary.path(), first.name())) {
            Hold writing = second.write();
            victim.tell("victim", "write");
            awaitWords("writers=[1, 2]");
            kill(victim.jvm());
            note(13);
            writing.close();
        }
        note(14);
        first.read().close();
        note(6);
    }

    private void killReader() throws Exception {
        open("reader");
        leaseLanes();
        killWhileItReads();
        note(15);
        try (Hold writing = second.write()) {
            assertThat(writing.readersDied()).isTrue();
            note(16);
        }
        note(6);
    }

    private void killReaderWhoseLaneIsLeased() throws Exception {
        open("lessee");
        leaseLanes();
        killWhileItReads();
        Passage.start("lessee", first::read).end();
        note(17);
        try (Hold writing = second.write()) {
            assertThat(writing.readersDied()).isTrue();
            note(16);
        }
    }

    /** So that this thread does not take over the lane of the dead. */
    private void leaseLanes() {
        first.read().close();
        second.read().close();
    }

    private void killWhileItReads() throws Exception {
        try (Victim victim = Victim.with(temporary.path(), first.name())) {
            victim.acquire("victim", "read");
            kill(victim.jvm());
        }
    }

    // ---------------------------------------------------------------- killed between two steps

    private void killWhileItRevokes() throws Exception {
        open("revoke");
        killAt(VictimAtStep.Step.REVOKED);
        note(18);
        first.read().close();
        note(19);
        second.write().close();
        note(6);
    }

    private void killWhileItAdmits() throws Exception {
        open("admit");
        Hold writing = second.write();
        CompletableFuture<Hold> reading = first.readAsync();
        Conditions.await(
                "the reader waits",
                LIMIT,
                () -> first.parties().stream().anyMatch(party -> party.mode() == LockMode.READ));
        CompletableFuture<Hold> next = first.writeAsync();
        awaitWords("writers=[0, 1]");
        writing.close();
        Hold passing = next.get(); // the one that the reader may have to wait for
        try (ForkedJvm victim = VictimAtStep.start(temporary.path(), first.name(), VictimAtStep.Step.ADMITTED)) {
            awaitWords("writers=[0, 2]");
            passing.close();
            VictimAtStep.awaitHalt(victim);
            try (Hold admitted = reading.get()) {
                kill(victim);
                note(20);
                next = second.writeAsync();
                awaitWords("writers=[1], owner=1");
                assertThat(admitted.isValid()).isTrue();
                note(21);
            }
        }
        next.get().close();
        note(6);
    }

    private void killBeforeItHandsOver() throws Exception {
        open("hand-over");
        killAt(VictimAtStep.Step.HANDED_OVER);
        note(22);
        first.read().close();
        note(22);
        second.write().close();
        note(6);
    }

    private void killAt(VictimAtStep.Step step) throws Exception {
        try (ForkedJvm victim = VictimAtStep.start(temporary.path(), first.name(), step)) {
            VictimAtStep.awaitHalt(victim);
            kill(victim);
        }
    }

    private void kill(ForkedJvm victim) throws Exception {
        victim.kill();
        Victim.awaitDeath(victim, firstDomain);
    }

    private void open(String name) throws IOException {
        first = MappedReadWriteLock.named(name).readersAfter(1).open(firstDomain);
        second = MappedReadWriteLock.open(secondDomain, name);
    }

    /** A state that is seen again must be the same. */
    private void note(int state) {
        String words = words();
        assertThat(seen.computeIfAbsent(state, none -> words))
                .as("state %d", state)
                .isEqualTo(words);
    }

    private String words() {
        return first.describe()
                .lines()
                .filter(line -> line.startsWith("  words: "))
                .map(line -> line.substring("  words: ".length()))
                .findFirst()
                .orElseThrow();
    }

    private void awaitWords(String part) throws Exception {
        Conditions.await(part, LIMIT, () -> words().contains(part));
    }

    private static Map<Integer, String> table() throws IOException {
        String page = Files.readString(Path.of("PROTOCOL.md"));
        String table = page.substring(page.indexOf("<!-- states -->"), page.indexOf("<!-- /states -->"));
        Map<Integer, String> rows = new TreeMap<>();
        Matcher row = ROW.matcher(table);
        while (row.find()) {
            rows.put(Integer.valueOf(row.group(1)), row.group(2));
        }
        return rows;
    }
}
