package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lock needs no JVM option: a process with a class path and nothing else uses it. */
@Tag("process")
class PlainJavaTest {
    private static final Path HOME = Path.of(System.getProperty("java.home"));

    /** Since 24 the JDK prints four such lines, and an empty one, when native code is loaded without leave. */
    private static final String WARNING = "WARNING: ";

    private static final List<String> NATIVE_WARNINGS =
            List.of("restricted method", "Restricted methods", "com.sun.jna.Native", "--enable-native-access");

    private final TemporaryDomain temporary = new TemporaryDomain();

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void java_withoutOptions_readsAndWritesWithoutAWordOfComplaint() throws Exception {
        assertThat(run(HOME)).containsExactly("done");
    }

    @Test
    void otherJava_withoutOptions_readsAndWrites() throws Exception {
        List<Path> others = others();
        assumeTrue(!others.isEmpty(), "no other JDK is known here");
        for (Path home : others) {
            assertThat(run(home)).as("java.home=%s", home).containsExactly("done");
        }
    }

    /** What it prints on both streams, but for the warnings of later JDKs. */
    private List<String> run(Path home) throws Exception {
        Path output = Files.createTempFile(temporary.parent(), "output", "");
        ProcessBuilder builder = new ProcessBuilder(
                        home.resolve("bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        VictimOfNothing.class.getName(),
                        temporary.path().toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.endsWith("JAVA_OPTIONS") || name.endsWith("_TOOL_OPTIONS"));
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
            assertThat(ended).as("%s", lines).isTrue();
            assertThat(process.exitValue()).as("%s", lines).isZero();
            return lines.stream().filter(line -> !isNativeWarning(line)).toList();
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean isNativeWarning(String line) {
        return line.isEmpty()
                || (line.startsWith(WARNING) && NATIVE_WARNINGS.stream().anyMatch(line::contains));
    }

    /** The one that is named, and those that are installed beside this one. */
    private static List<Path> others() throws IOException {
        String named = System.getProperty("sluice.jdk");
        Path installed = HOME.toRealPath().getParent();
        try (Stream<Path> beside = Files.list(installed)) {
            return Stream.concat(Stream.ofNullable(named).map(Path::of), beside)
                    .filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .map(PlainJavaTest::real)
                    .filter(home -> !home.equals(real(HOME)))
                    .filter(PlainJavaTest::isRecent)
                    .distinct()
                    .toList();
        }
    }

    private static Path real(Path home) {
        try {
            return home.toRealPath();
        } catch (IOException e) {
            return home;
        }
    }

    private static boolean isRecent(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION=\""))
                    .anyMatch(line -> Runtime.Version.parse(line.substring(14, line.length() - 1))
                                    .feature()
                            >= 17);
        } catch (IOException | IllegalArgumentException unknown) {
            return false;
        }
    }
}
