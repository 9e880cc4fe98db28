package io.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Both commands on the channel {@value #CHANNEL}, in domains of the test's own. */
abstract class TransferFixture {
    static final String CHANNEL = "channel";

    private final TemporaryDomain domains = new TemporaryDomain();

    @TempDir
    private Path directory;

    @AfterEach
    void deleteDomains() {
        domains.close();
    }

    final SampleProcess send(Path input, String... options) {
        return send(Redirect.from(input.toFile()), options);
    }

    final SampleProcess send(Redirect input, String... options) {
        return start("send", input, Redirect.DISCARD, options);
    }

    final SampleProcess receive(Path output, String... options) {
        return receive(Redirect.to(output.toFile()), options);
    }

    final SampleProcess receive(Redirect output, String... options) {
        return start("receive", Redirect.PIPE, output, options);
    }

    private SampleProcess start(String command, Redirect input, Redirect output, String... options) {
        List<String> arguments = new ArrayList<>(List.of(command, CHANNEL));
        arguments.addAll(List.of(options));
        return SampleProcess.start(domains.path(), input, output, arguments.toArray(String[]::new));
    }

    /** Where the domains lie. */
    final Path domains() {
        return domains.path();
    }

    /** The domain that the commands use by default. */
    final Domain openDomain() throws IOException {
        return Domain.open(Files.createDirectories(domains.path()).resolve("samples"));
    }

    final Path file(String name) {
        return directory.resolve(name);
    }

    final Path output() {
        return file("output");
    }

    final Path randomInput(int length) throws IOException {
        return Files.write(file("input-" + length), randomBytes(length));
    }

    static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new Random(seed()).nextBytes(bytes);
        return bytes;
    }

    /** Printed, to repeat a run by {@code -Dsluice.seed}. */
    static long seed() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        System.out.println("sluice.seed=" + seed);
        return seed;
    }

    static void assertEnded(SampleProcess process, int exitCode, String... lastLines) throws InterruptedException {
        assertThat(process.awaitExit()).as("exit code: said=%s", process.said()).isEqualTo(exitCode);
        assertThat(process.said()).noneMatch(line -> line.startsWith("\tat "));
        for (String line : lastLines) {
            assertThat(process.said()).anyMatch(each -> each.matches(line));
        }
    }
}
