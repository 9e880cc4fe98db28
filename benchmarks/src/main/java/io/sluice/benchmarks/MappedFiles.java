package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Memory that processes share. */
final class MappedFiles {
    private MappedFiles() {}

    /** Mapping makes the file as long as that, all zeros, whoever is first. */
    static MappedByteBuffer map(Path path, long bytes) {
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return file.map(MapMode.READ_WRITE, 0, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map a file: bytes=" + bytes + " path=" + path, e);
        }
    }
}
