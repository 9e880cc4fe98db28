package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.NoSpaceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Another process, on a file system that is too small for its lock. */
final class VictimOfNoSpace {
    private VictimOfNoSpace() {}

    /** {@code arguments}: a directory of the tiny file system. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]).resolve("domain");
        String result = "nothing was refused";
        try (Domain domain = Domain.open(directory)) {
            try {
                MappedReadWriteLock.named("big").lanes(4096).open(domain).close();
            } catch (NoSpaceException e) {
                try (MappedReadWriteLock small =
                                MappedReadWriteLock.named("small").lanes(1).open(domain);
                        Hold hold = small.write()) {
                    hold.ensureValid();
                }
                result = "neededBytes=" + e.neededBytes() + " availableBytes=" + e.availableBytes() + " left="
                        + left(directory);
            }
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
