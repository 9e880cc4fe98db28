package io.sluice.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A contender in C: one program that forks the second process itself. */
final class NativeProgram implements Contender {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Path program;
    private final Set<String> scenarios;
    private final Timing timing;
    private final boolean pinned;

    NativeProgram(Path program, Set<String> scenarios, Timing timing, boolean pinned) {
        this.program = program;
        this.scenarios = scenarios;
        this.timing = timing;
        this.pinned = pinned;
    }

    @Override
    public String name() {
        return String.valueOf(program.getFileName());
    }

    @Override
    public String jdk() {
        return "-";
    }

    @Override
    public boolean available() {
        return Files.isExecutable(program);
    }

    @Override
    public boolean supports(Scenario scenario) {
        return scenarios.contains(scenario.name());
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        try (Children children = new Children(directory)) {
            children.start(List.of(
                    program.toString(),
                    scenario.name(),
                    Integer.toString(timing.warmUpMillis),
                    Integer.toString(timing.measureMillis),
                    Integer.toString(timing.wakes),
                    pinned ? "pinned" : "free"));
            return children.results(TIMEOUT);
        }
    }
}
