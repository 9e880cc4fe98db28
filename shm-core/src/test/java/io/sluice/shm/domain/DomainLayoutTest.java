package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DomainLayoutTest {
    /** Who changes the layout changes the golden file too, and knows that old files are refused from then on. */
    @Test
    void layout_diagram_isTheGoldenOne() throws IOException {
        try (InputStream golden = DomainLayoutTest.class.getResourceAsStream("domain-layout.txt")) {
            assertThat(golden).isNotNull();
            assertThat(DomainLayout.LAYOUT.diagram())
                    .as("the layout and domain-layout.txt")
                    .isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
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
