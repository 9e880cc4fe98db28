package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class AgronaAccessTest {
    @Test
    void open_withoutTheJvmOptionNamesIt() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain()) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            WithoutOption.class.getName(),
                            directory.path().toString())
                    .redirectErrorStream(true)
                    .start();
            try {
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isEqualTo(1);
                assertThat(output)
                        .contains("IllegalStateException: channels use Agrona, which needs a JVM option: add"
                                + " --add-exports java.base/jdk.internal.misc=ALL-UNNAMED");
            } finally {
                process.destroyForcibly();
            }
        }
    }

    /** Runs without any JVM option. */
    static final class WithoutOption {
        private WithoutOption() {}

        public static void main(String[] arguments) throws Exception {
            try (Domain domain = Domain.open(Path.of(arguments[0]))) {
                Channel.named("ticks").open(domain).close();
            }
        }
    }
}
