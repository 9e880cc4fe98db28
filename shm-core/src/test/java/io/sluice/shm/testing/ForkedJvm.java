package io.sluice.shm.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM of its own that runs one main class of the test class path: a victim, a peer, a driver that obeys lines on its
 * standard input. Its output (both streams) is collected; every wait is bounded; {@link #close} kills it.
 */
public final class ForkedJvm implements AutoCloseable {
    private static final long PATIENCE_SECONDS = Stress.choose(60, 600);

    private final String name;
    private final Process process;
    private final Writer input;
    private final List<String> output = new ArrayList<>();
    private boolean ended;

    private ForkedJvm(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::collect, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts {@code main} with a heap of 64 MB and the system properties {@code sluice.*} of this JVM. */
    public static ForkedJvm start(Class<?> main, String... arguments) {
        return start(List.of(), main, arguments);
    }

    /** As {@link #start(Class, String...)}, with JVM options, which come after, and win over, the usual ones. */
    public static ForkedJvm start(List<String> options, Class<?> main, String... arguments) {
        return startUnder(List.of(), options, main, arguments);
    }

    /**
     * As {@link #start(List, Class, String...)}, but what is run is {@code wrapper} with the JVM's command line behind
     * it; the wrapper replaces itself by the JVM (exec), or the signals go to the wrapper.
     */
    public static ForkedJvm startUnder(List<String> wrapper, List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(commandLine(System.getProperty("java.class.path")));
        System.getProperties().stringPropertyNames().stream()
                .filter(property -> property.startsWith("sluice."))
                .forEach(property -> command.add("-D" + property + "=" + System.getProperty(property)));
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return new ForkedJvm(main.getSimpleName() + "-" + process.pid(), process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> commandLine(String classPath) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(List.of("--add-exports", "java.base/jdk.internal.misc=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(List.of("-cp", classPath));
        return command;
    }

    private void collect() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (output) {
                    output.add(line);
                    output.notifyAll();
                }
            }
        } catch (IOException e) {
            synchronized (output) {
                output.add("cannot read: " + e);
            }
        }
        synchronized (output) {
            ended = true;
            output.notifyAll();
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Writes a line to its standard input. */
    public void send(String line) {
        try {
            input.write(line);
            input.write('\n');
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not read: output=" + output(), e);
        }
    }

    /** Waits for a line that begins with {@code prefix}, returns what follows the prefix, and forgets the line. */
    public String awaitLine(String prefix) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        synchronized (output) {
            while (true) {
                Optional<String> found =
                        output.stream().filter(line -> line.startsWith(prefix)).findFirst();
                if (found.isPresent()) {
                    output.remove(found.get());
                    return found.get().substring(prefix.length()).trim();
                }
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError(
                            name + " did not say: " + prefix + ", ended=" + ended + ", output=" + output);
                }
                output.wait(left);
            }
        }
    }

    /** The lines so far that {@link #awaitLine} has not taken. */
    public List<String> output() {
        synchronized (output) {
            return List.copyOf(output);
        }
    }

    /** Waits for its end. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end: output=" + output());
        }
        return process.exitValue();
    }

    /** SIGKILL; returns at once, the kernel may still be at work. */
    public void kill() {
        process.destroyForcibly();
    }

    /** SIGSTOP; returns when every thread has stopped: the signal reaches them one by one. */
    public void stop() throws InterruptedException {
        signal("STOP");
        try {
            Conditions.await("every thread stops", Duration.ofSeconds(PATIENCE_SECONDS), this::isStopped);
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("cannot see whether it stopped: pid=" + process.pid(), e);
        }
    }

    private boolean isStopped() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(process.pid()), "task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException e) {
            return false; // a thread that ended meanwhile
        }
    }

    /** SIGCONT. */
    public void resume() throws InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws InterruptedException {
        try {
            int exit = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new AssertionError("cannot send a signal: signal=" + signal + ", pid=" + process.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** User and system time that it has used so far, nanoseconds. */
    public long cpuNanos() {
        return process.toHandle().info().totalCpuDuration().orElseThrow().toNanos();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
