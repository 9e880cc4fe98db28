package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What a reader must know to judge the numbers. */
final class Environment {
    private final Map<String, String> notes = new LinkedHashMap<>();

    Environment(Options options) {
        Jdk jdk = options.jdk();
        note("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        note("cpu", cpuModel());
        note("cpus", Integer.toString(Runtime.getRuntime().availableProcessors()));
        note("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        note("jdk", jdk.version());
        note("flags", String.join(" ", jdk.flags()));
        note("rounds", options.rounds() + (options.quick() ? " (quick)" : ""));
    }

    void note(String name, String value) {
        notes.put(name, value);
    }

    Map<String, String> notes() {
        return notes;
    }

    private static String cpuModel() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(System.getProperty("os.arch", "unknown"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/cpuinfo", e);
        }
    }
}
