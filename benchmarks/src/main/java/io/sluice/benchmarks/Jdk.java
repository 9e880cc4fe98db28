package io.sluice.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JDK that measured processes run on, and their flags. */
final class Jdk {
    private static final int FIRST_WITH_NATIVE_ACCESS_FLAG = 22;
    private static final Pattern VERSION = Pattern.compile("java\\.version = ((\\d+)\\S*)");

    private final Path launcher;
    private final String version;
    private final List<String> flags;

    private Jdk(Path launcher, String version, List<String> flags) {
        this.launcher = launcher;
        this.version = version;
        this.flags = flags;
    }

    static Jdk at(Path home, List<String> moreFlags) {
        Path launcher = home.resolve("bin").resolve("java");
        if (!Files.isExecutable(launcher)) {
            throw new UsageException("not the home of a JDK: jdk=" + home);
        }
        Matcher matcher = VERSION.matcher(properties(launcher));
        if (!matcher.find()) {
            throw new UsageException("this JDK does not tell its version: jdk=" + home);
        }
        List<String> flags = new ArrayList<>(baseFlags());
        if (Integer.parseInt(matcher.group(2)) >= FIRST_WITH_NATIVE_ACCESS_FLAG) {
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        flags.addAll(moreFlags);
        return new Jdk(launcher, matcher.group(1), List.copyOf(flags));
    }

    Path launcher() {
        return launcher;
    }

    String version() {
        return version;
    }

    List<String> flags() {
        return flags;
    }

    /** The command that runs a class of this jar. */
    List<String> command(Class<?> main, List<String> arguments) {
        return command(List.of(), main, arguments);
    }

    /** As {@link #command(Class, List)}, with flags that win over the usual ones. */
    List<String> command(List<String> moreFlags, Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(launcher.toString());
        command.addAll(flags);
        command.addAll(moreFlags);
        command.addAll(List.of("-cp", classPath(), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /**
     * A collector without threads of its own: the cores belong to the two measured threads. The processor count is
     * fixed because a thread that is kept on one CPU would count one.
     */
    private static List<String> baseFlags() {
        return List.of(
                "-XX:+UseSerialGC",
                "-Xms128m",
                "-Xmx128m",
                "-XX:ActiveProcessorCount=" + Runtime.getRuntime().availableProcessors(),
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
    }

    /** Absolute, because children run in directories of their own. */
    private static String classPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static String properties(Path launcher) {
        try {
            Process process = new ProcessBuilder(launcher.toString(), "-XshowSettings:properties", "-version")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UsageException("cannot run this JDK: java=" + launcher + " cause=" + e.getMessage());
        }
    }
}
