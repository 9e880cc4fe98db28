package io.sluice.shm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OfdLocksTest extends KernelLocksContract {
    OfdLocksTest() {
        super(OfdLocks.INSTANCE);
    }

    @BeforeEach
    void needNatives() {
        assumeTrue(Natives.available(), Natives::reason);
    }

    @Test
    void tryLock_heldByAProcessWithJavaLocks_isRefusedAndTheReverse() throws Exception {
        assertExcludesProcessWith(JavaLocks.INSTANCE);
    }

    @Test
    void tryLock_descriptor_isClosedOnExec() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain()) {
            Path file = directory.parent().resolve("lock");
            try (KernelLocks.Held held = OfdLocks.INSTANCE.tryLock(file, 0600)) {
                assertThat(held).isNotNull();
                List<Integer> flags = flagsOfDescriptorsOf(file);

                assertThat(flags).hasSize(1).allMatch(flag -> (flag & Posix.O_CLOEXEC) != 0);
            }
            assertThat(flagsOfDescriptorsOf(file)).isEmpty();
        }
    }

    private static List<Integer> flagsOfDescriptorsOf(Path file) throws Exception {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> leadsTo(descriptor, file))
                    .map(OfdLocksTest::flags)
                    .toList();
        }
    }

    private static boolean leadsTo(Path descriptor, Path file) {
        try {
            return Files.readSymbolicLink(descriptor).equals(file);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private static int flags(Path descriptor) {
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName())).stream()
                    .filter(line -> line.startsWith("flags:"))
                    .map(line ->
                            Integer.parseInt(line.substring("flags:".length()).strip(), 8))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
