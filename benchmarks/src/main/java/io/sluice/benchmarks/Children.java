package io.sluice.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The processes of one repetition: when one fails or time runs out, all are killed. */
final class Children implements AutoCloseable {
    private static final int KILL_SECONDS = 10;

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final List<Process> killed = new ArrayList<>();

    Children(Path directory) {
        this.directory = directory;
    }

    Process start(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            processes.add(process);
            return process;
        } catch (IOException e) {
            throw new TrialException("cannot start a process: command=" + command, e);
        }
    }

    /** Kills one, of which nothing more is expected; returns at once. */
    void kill(Process process) {
        process.destroyForcibly();
        processes.remove(process);
        killed.add(process);
    }

    void checkNoneFailed() {
        for (Process process : processes) {
            if (!process.isAlive() && process.exitValue() != 0) {
                throw new TrialException("a process failed: exit=" + process.exitValue());
            }
        }
    }

    /** Waits for all to end; their standard output holds lines of a metric's name, a tab and a value. */
    Map<String, Double> results(Duration timeout) throws InterruptedException {
        awaitAll(timeout);
        List<Integer> exits = processes.stream().map(Process::exitValue).toList();
        if (exits.stream().anyMatch(exit -> exit != 0)) {
            throw new TrialException("a process failed: exits=" + exits);
        }
        Map<String, Double> results = new HashMap<>();
        for (Process process : processes) {
            readResults(process, results);
        }
        return results;
    }

    private void awaitAll(Duration timeout) throws InterruptedException {
        CompletableFuture<?>[] ends = processes.stream()
                .map(process -> process.onExit().thenAccept(this::killAllIfFailed))
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new TrialException("a process did not end in time: timeout=" + timeout, e);
        } catch (ExecutionException e) {
            throw new TrialException("cannot wait for a process", e);
        }
    }

    private void killAllIfFailed(Process ended) {
        if (ended.exitValue() != 0) {
            killAll();
        }
    }

    private void killAll() {
        processes.forEach(Process::destroyForcibly);
    }

    private static void readResults(Process process, Map<String, Double> results) {
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            output.lines().map(line -> line.split("\t", -1)).forEach(pair -> {
                results.put(pair[0], Double.valueOf(pair[1]));
            });
        } catch (IOException e) {
            throw new TrialException("cannot read the output of a process", e);
        }
    }

    /** Waits for their end, so that nobody writes to a directory that is being deleted. */
    @Override
    public void close() {
        killAll();
        CompletableFuture.allOf(Stream.concat(processes.stream(), killed.stream())
                        .map(Process::onExit)
                        .toArray(CompletableFuture<?>[]::new))
                .completeOnTimeout(null, KILL_SECONDS, TimeUnit.SECONDS)
                .join();
    }
}
