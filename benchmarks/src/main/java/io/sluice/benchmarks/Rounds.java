package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the contenders of a scenario in turn, again and again, between probes of the placement. */
final class Rounds {
    /** Times the rounds asked for that are run at most when some do not count. */
    private static final int PATIENCE = 2;

    private final int wanted;
    private final PlacementProbe probe;
    private final Workspace workspace;
    private int failures;

    Rounds(int wanted, PlacementProbe probe, Workspace workspace) {
        this.wanted = wanted;
        this.probe = probe;
        this.workspace = workspace;
    }

    /** Repetitions without a result, of all scenarios. */
    int failures() {
        return failures;
    }

    /** Each of the scenarios by those of the contenders that were built and know it. */
    void run(List<Scenario> scenarios, List<Contender> contenders, Report report) throws InterruptedException {
        contenders.stream().filter(each -> !each.available()).forEach(each -> {
            Progress.say("skipped, as it was not compiled: contender=" + each.name());
        });
        for (Scenario scenario : scenarios) {
            List<Contender> supporting = contenders.stream()
                    .filter(each -> each.available() && each.supports(scenario))
                    .toList();
            if (!supporting.isEmpty()) {
                report.add(run(scenario, supporting));
            }
        }
    }

    private Comparison run(Scenario scenario, List<Contender> contenders) throws InterruptedException {
        Comparison comparison = new Comparison(scenario, contenders);
        List<Double> before = probes(scenario);
        for (int round = 0; round < wanted * PATIENCE && comparison.goodRounds() < wanted; round++) {
            for (Contender contender : contenders) {
                ForeignCpu foreign = new ForeignCpu();
                Map<String, Double> values = measure(scenario, contender);
                double foreignCpu = foreign.percent();
                List<Double> after = probes(scenario);
                List<Double> probes = probes(before, values, after);
                if (!values.isEmpty()) {
                    Placement placement = scenario.distanceMatters() ? Placement.of(probes) : Placement.ANY;
                    Repetition repetition = new Repetition(contender, round, placement, foreignCpu, values);
                    comparison.add(repetition);
                    say(scenario, repetition, probes);
                }
                before = after;
            }
        }
        sayWhatCounts(comparison, scenario, contenders);
        return comparison;
    }

    private List<Double> probes(Scenario scenario) throws InterruptedException {
        return scenario.distanceMatters() ? List.of(probe.roundTripNanos()) : List.of();
    }

    private static List<Double> probes(List<Double> before, Map<String, Double> values, List<Double> after) {
        List<Double> probes = new ArrayList<>(before);
        probes.addAll(after);
        values.forEach((name, value) -> {
            if (name.startsWith(PlacementProbe.WITHIN)) {
                probes.add(value);
            }
        });
        return probes;
    }

    private static void say(Scenario scenario, Repetition repetition, List<Double> probes) {
        StringBuilder line = new StringBuilder("%s round=%d contender=%s placement=%s foreignCpu=%.0f"
                .formatted(
                        scenario.name(),
                        repetition.round(),
                        repetition.contender().name(),
                        repetition.placement(),
                        repetition.foreignCpu()));
        for (Metric metric : scenario.metrics()) {
            line.append(' ').append(metric.name()).append('=').append(Summary.format(repetition.value(metric)));
        }
        Progress.say(line + " probes=" + probes.stream().map(Summary::format).toList());
    }

    /** Empty when it failed. */
    private Map<String, Double> measure(Scenario scenario, Contender contender) throws InterruptedException {
        Path directory = workspace.newDirectory();
        try {
            return contender.measure(scenario, directory);
        } catch (TrialException e) {
            failures++;
            Progress.say("FAILED: scenario=" + scenario.name() + " contender=" + contender.name() + " cause=" + e);
            return Map.of();
        } finally {
            Workspace.delete(directory);
        }
    }

    private static void sayWhatCounts(Comparison comparison, Scenario scenario, List<Contender> contenders) {
        for (Contender contender : contenders) {
            List<Repetition> counted = comparison.counted(contender);
            Progress.say("%s contender=%s counted=%d placement=%s disturbed=%d"
                    .formatted(
                            scenario.name(),
                            contender.name(),
                            counted.size(),
                            counted.stream()
                                    .map(Repetition::placement)
                                    .distinct()
                                    .toList(),
                            counted.stream().filter(Repetition::disturbed).count()));
        }
    }
}
