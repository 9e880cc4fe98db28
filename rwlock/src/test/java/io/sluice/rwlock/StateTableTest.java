package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.testing.Conditions;
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
import org.junit.jupiter.api.Test;

/** Drives the real lock, of two participants, into the states that the specification numbers. */
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
    void open() throws IOException {
        temporary = new TemporaryDomain();
        firstDomain = temporary.open();
        secondDomain = temporary.open();
        first = MappedReadWriteLock.open(firstDomain, "states");
        second = MappedReadWriteLock.open(secondDomain, "states");
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
        driveReaders();
        driveWriters();
        driveAgain();

        assertThat(seen).isEqualTo(table());
    }

    private void driveReaders() throws Exception {
        note(1);
        Hold reading = first.read();
        note(2);
        CompletableFuture<Hold> writing = second.writeAsync();
        awaitWords("owner=1");
        note(3);
        reading.close();
        Hold hold = writing.get();
        note(4);
        CompletableFuture<Hold> next = first.writeAsync();
        awaitWords("writers=[0, 1]");
        note(5);
        hold.close();
        next.get().close();
    }

    private void driveWriters() {
        note(6);
        try (Hold reading = first.read()) {
            assertThat(reading.isValid()).isTrue();
            note(7);
        }
    }

    private void driveAgain() throws Exception {
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

    private void note(int state) {
        seen.put(state, words());
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
