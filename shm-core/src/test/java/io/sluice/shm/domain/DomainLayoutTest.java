package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DomainLayoutTest {
    @Test
    void specification_holdsTheLayoutAsDeclared() throws IOException {
        assertThat(Files.readString(Path.of("SPEC.md"))).contains(DomainLayout.LAYOUT.diagram());
    }

    @Test
    void layout_wordsOfDifferentWriters_areOnDifferentLines() {
        assertThat(DomainLayout.INCARNATION % 128).isZero();
        assertThat(DomainLayout.PARTICIPANT_BYTES % 128).isZero();
        assertThat(DomainLayout.BELL_OWNER % 128).isZero();
        assertThat(DomainLayout.BELL_BYTES % 128).isZero();
    }

    @Test
    void layout_lastEntriesOfTheTables_areInside() {
        assertThat(DomainLayout.participant(Participants.MAX - 1, DomainLayout.NAME) + DomainLayout.NAME_BYTES)
                .isLessThanOrEqualTo(DomainLayout.BELL_OWNER);
        assertThat(DomainLayout.bell(DomainLayout.BELLS - 1, DomainLayout.BELL_RELAY) + Integer.BYTES)
                .isLessThanOrEqualTo(DomainLayout.LAYOUT.size());
    }
}
