package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A peer that can be used in several ways, of which the one that does best in this repetition counts. */
final class FasterWay implements Contender {
    private final String name;
    private final List<JvmProcesses> ways;

    FasterWay(String name, List<JvmProcesses> ways) {
        this.name = name;
        this.ways = ways;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String jdk() {
        return ways.get(0).jdk();
    }

    @Override
    public boolean available() {
        return ways.get(0).available();
    }

    @Override
    public boolean supports(Scenario scenario) {
        return ways.get(0).supports(scenario);
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        Metric metric = scenario.compared();
        Map<String, Double> best = Map.of();
        for (JvmProcesses way : ways) {
            Map<String, Double> values = way.measure(scenario, create(directory.resolve(way.name())));
            double value = Repetition.value(way, values, metric);
            Progress.say(
                    "%s way=%s %s=%s".formatted(scenario.name(), way.name(), metric.name(), Summary.format(value)));
            if (best.isEmpty() || metric.ratio(value, Repetition.value(this, best, metric)) > 1) {
                best = values;
            }
        }
        return best;
    }

    private static Path create(Path directory) {
        try {
            return Files.createDirectory(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a directory: directory=" + directory, e);
        }
    }
}
