package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.memory.NoSpaceException;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A real, tiny tmpfs in a mount namespace of the forked JVM's own, where that may be made; {@code NoSpaceTest} in the
 * package of the files needs no such right.
 */
@Tag("process")
class TinyFileSystemTest {
    private final TemporaryDomain temporary = new TemporaryDomain();
    private List<String> unshare = List.of();

    @BeforeEach
    void needMounts() throws Exception {
        if (canMount(List.of("unshare", "-m"))) {
            unshare = List.of("unshare", "-m");
        } else if (canMount(List.of("unshare", "-U", "-r", "-m"))) {
            unshare = List.of("unshare", "-U", "-r", "-m");
        }
        assumeTrue(!unshare.isEmpty(), "no mount namespace may be made here");
    }

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void join_domainDoesNotFit_saysBothNumbersAndLeavesNoFile() throws Exception {
        String[] answer = runOn("64k", "join");

        assertThat(answer[0]).isEqualTo("join");
        assertThat(answer[1]).isEqualTo("neededBytes=" + DomainLayout.LAYOUT.size());
        assertThat(availableBytes(answer)).isLessThanOrEqualTo(64 * 1024);
        assertThat(answer[3]).doesNotContain("building").isEqualTo("left=[domain.lock,live]");
    }

    @Test
    void openOrCreate_resourceDoesNotFit_saysBothNumbersAndTheDomainServesOn() throws Exception {
        long forTheDomain = DomainLayout.LAYOUT.size() + 128 * 1024L;
        String[] answer = runOn(String.valueOf(forTheDomain), "resource");

        assertThat(answer[0]).isEqualTo("resource");
        assertThat(answer[1]).isEqualTo("neededBytes=" + (1 << 20));
        assertThat(availableBytes(answer)).isBetween(1L, 128 * 1024L);
        assertThat(answer[3]).isEqualTo("left=[domain,domain.lock,live,small]");
    }

    private static long availableBytes(String[] answer) {
        assertThat(answer[2]).startsWith("availableBytes=");
        return Long.parseLong(answer[2].substring("availableBytes=".length()));
    }

    private String[] runOn(String size, String scenario) throws InterruptedException {
        String mount = mountCommand(size) + " && exec \"$@\"";
        List<String> wrapper = Stream.concat(unshare.stream(), Stream.of("sh", "-c", mount, "sh"))
                .toList();
        try (ForkedJvm fork = ForkedJvm.startUnder(
                wrapper, List.of(), Main.class, scenario, temporary.parent().toString())) {
            return fork.awaitLine("result:").split(" ", -1);
        }
    }

    private String mountCommand(String size) {
        return "mount -t tmpfs -o size=" + size + ",mode=0700 tmpfs " + temporary.parent();
    }

    private boolean canMount(List<String> unshareCommand) throws Exception {
        List<String> command = Stream.concat(unshareCommand.stream(), Stream.of("sh", "-c", mountCommand("64k")))
                .toList();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }

    static final class Main {
        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[1]).resolve("domain");
            String at = "join";
            String result = "nothing was refused";
            try {
                DomainCore core = DomainCore.join(directory, false);
                at = "resource";
                try {
                    core.resources().openOrCreate("big", TestResource.plan(1 << 20));
                } finally {
                    TestResource.open(core, "small").release();
                }
            } catch (NoSpaceException e) {
                result = at + " neededBytes=" + e.neededBytes() + " availableBytes=" + e.availableBytes() + " left="
                        + left(directory);
            }
            System.out.println("result:" + result);
        }

        private static String left(Path directory) throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                return files.map(file -> file.getFileName().toString())
                        .sorted()
                        .toList()
                        .toString()
                        .replace(" ", "");
            }
        }
    }
}
