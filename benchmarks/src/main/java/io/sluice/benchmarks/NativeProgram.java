package io.sluice.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** A contender in C: one program that forks the other processes itself. */
final class NativeProgram implements Contender {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Path program;
    private final Predicate<Scenario> scenarios;
    private final Function<Scenario, List<String>> arguments;

    /** The arguments come behind the scenario's name. */
    NativeProgram(Path program, Predicate<Scenario> scenarios, Function<Scenario, List<String>> arguments) {
        this.program = program;
        this.scenarios = scenarios;
        this.arguments = arguments;
    }

    /** That passes messages. */
    static NativeProgram ofPair(Path program, Set<String> scenarios, Timing timing, boolean pinned) {
        return new NativeProgram(
                program,
                scenario -> scenarios.contains(scenario.name()),
                scenario -> arguments(timing, timing.wakes, pinned));
    }

    /** The round trip of a cache line. */
    static NativeProgram cacheLine(Options options, Timing timing) {
        return ofPair(
                options.program("c-cacheline"),
                Set.of(ChannelScenario.PINGPONG_32.scenario().name()),
                timing,
                options.pinned());
    }

    /** In the order that all programs take them. */
    static List<String> arguments(Timing timing, int repetitions, boolean pinned) {
        return List.of(
                Integer.toString(timing.warmUpMillis),
                Integer.toString(timing.measureMillis),
                Integer.toString(repetitions),
                pinned ? "pinned" : "free");
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
        return scenarios.test(scenario);
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        try (Children children = new Children(directory)) {
            List<String> command = new ArrayList<>(List.of(program.toString(), scenario.name()));
            command.addAll(arguments.apply(scenario));
            children.start(command);
            return children.results(TIMEOUT);
        }
    }
}
