package io.sluice.jcstress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Runs the packaged JCStress tests. JCStress leaves out, without failing, a test that has more actors than the machine
 * has CPUs, and it lists nothing when its annotation processor did not run; so the tests are counted three times: in
 * the sources, in the jar and in the report.
 */
class JcstressIT {
    private static final Pattern ANNOTATION = Pattern.compile("(?m)^\\s*@JCStressTest\\b");
    private static final Pattern LISTED = Pattern.compile("JCTEST(\\d+)S");

    private final Path jar = Path.of(System.getProperty("sluice.jcstress.jar"));
    private final Path directory = Path.of(System.getProperty("sluice.jcstress.directory"));
    private final Path report = directory.resolve("report");
    private final Path output = directory.resolve("output.txt");

    @BeforeEach
    void emptyDirectory() throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> old = Files.walk(directory)) {
                for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        Files.createDirectories(directory.resolve("tmp"));
    }

    @Test
    void everyTestRunsAndSeesNoForbiddenOutcome() throws IOException, InterruptedException {
        Set<String> listed = listedTests();
        assertThat(listed).as("tests in %s", jar).hasSize(annotationsInSources());
        if (listed.isEmpty()) {
            return;
        }

        int exitCode = run();

        String results = results();
        assertThat(exitCode).as("exit code; results:%n%s", results).isZero();
        assertThat(results).contains("Failed tests: No matches.", "Error tests: No matches.");
        assertThat(reportedTests())
                .as("tests that ran, in %s (each needs as many CPUs as it has actors)", output)
                .isEqualTo(listed);
        System.out.printf("JCStress: tests=%d passed, report=%s%n", listed.size(), report.resolve("index.html"));
    }

    private int run() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.io.tmpdir=" + directory.resolve("tmp"));
        command.add("-jar");
        command.add(jar.toString());
        command.addAll(List.of(System.getProperty("sluice.jcstress.args").trim().split("\\s+", -1)));
        command.add("-r");
        command.add(report.toString());
        command.add("-jvmArgsPrepend");
        command.add(System.getProperty("sluice.jcstress.jvmArgs").trim());
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            return process.waitFor();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private String results() throws IOException {
        String all = Files.readString(output, UTF_8);
        int start = all.indexOf("RUN RESULTS:");
        int end = all.indexOf("Exception in thread", Math.max(start, 0));
        return start < 0 ? all : all.substring(start, end < 0 ? all.length() : end);
    }

    private Set<String> reportedTests() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> pages = Files.list(report)) {
            for (Path page : pages.toList()) {
                String name = page.getFileName().toString();
                if (name.endsWith(".html") && !name.equals("index.html")) {
                    names.add(name.substring(0, name.length() - ".html".length()));
                }
            }
        }
        return names;
    }

    private Set<String> listedTests() throws IOException {
        Set<String> names = new TreeSet<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            ZipEntry entry = file.getEntry("META-INF/TestList");
            if (entry == null) {
                return names;
            }
            try (InputStream in = file.getInputStream(entry)) {
                String list = new String(in.readAllBytes(), UTF_8);
                Matcher matcher = LISTED.matcher(list);
                while (matcher.find()) {
                    names.add(list.substring(matcher.end(), matcher.end() + Integer.parseInt(matcher.group(1))));
                }
            }
        }
        return names;
    }

    private static int annotationsInSources() throws IOException {
        int count = 0;
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                count += (int) ANNOTATION
                        .matcher(Files.readString(file, UTF_8))
                        .results()
                        .count();
            }
        }
        return count;
    }
}
