package io.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class DemoTest extends TransferFixture {
    @Test
    void demo_ofASmallFile_saysIdenticalAndLeavesNothing() throws Exception {
        String file = randomInput(3_000_000).toString();
        try (SampleProcess demo = demo(file)) {
            byte[] told = demo.process().getInputStream().readAllBytes();
            assertEnded(demo, 0);
            assertThat(new String(told, StandardCharsets.UTF_8))
                    .contains(
                            file, "sender     pid=", "receiver   pid=", "cat | cat  bytes=3000000, ", "\nidentical\n");
        }
        assertThat(domains()).isEmptyDirectory();
    }

    @Test
    void demo_ofAMissingFile_saysSo() throws Exception {
        Path missing = file("missing");
        try (SampleProcess demo = demo(missing.toString())) {
            assertEnded(demo, Main.FAILED, "samples: NoSuchFileException: " + missing);
        }
    }

    private SampleProcess demo(String file) {
        return SampleProcess.start(domains(), Redirect.PIPE, Redirect.PIPE, "demo", "--file", file);
    }
}
