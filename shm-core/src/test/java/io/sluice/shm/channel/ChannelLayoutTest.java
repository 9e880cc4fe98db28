package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ChannelLayoutTest {
    @Test
    void specification_holdsTheLayoutAsDeclared() throws IOException {
        assertThat(Files.readString(Path.of("SPEC.md"))).contains(ChannelLayout.LAYOUT.diagram());
    }
}
