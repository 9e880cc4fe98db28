package io.sluice.shm.testing;

import io.sluice.shm.Domain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A directory for one test's domain, in shared memory where there is any; deleted on close. */
public final class TemporaryDomain implements AutoCloseable {
    private final Path parent;

    public TemporaryDomain() {
        try {
            Path memory = Path.of("/dev/shm");
            parent = Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "sluice-test-")
                    : Files.createTempDirectory("sluice-test-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the domain's directory lies; for other files of the test. */
    public Path parent() {
        return parent;
    }

    /** The domain's directory; does not exist before the first open. */
    public Path path() {
        return parent.resolve("domain");
    }

    public Domain open() throws IOException {
        return Domain.open(path());
    }

    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(parent)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
