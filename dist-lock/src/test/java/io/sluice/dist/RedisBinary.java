package io.sluice.dist;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** The Redis server of this platform, unpacked once a JVM from the test libraries. */
final class RedisBinary {
    private static final String VERSION = "7.0.15";

    private static final Path DIRECTORY = unpack();

    private RedisBinary() {}

    static Path path() {
        return DIRECTORY.resolve("redis-server");
    }

    private static Path unpack() {
        String resource = "/redis-server-" + VERSION + "-" + platform();
        try (InputStream in = RedisBinary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no Redis for this platform: resource=" + resource);
            }
            Path directory = Files.createTempDirectory("sluice-redis-");
            Path binary = directory.resolve("redis-server");
            Files.copy(in, binary);
            Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwx------"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory), "delete " + directory));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String arch = System.getProperty("os.arch");
        return os + "-" + (arch.equals("aarch64") || arch.equals("arm64") ? "arm64" : "amd64");
    }

    static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
