package io.sluice.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All repetitions of one scenario, reduced to those that can be compared. */
final class Comparison {
    private final Scenario scenario;
    private final List<Contender> contenders;
    private final List<Repetition> repetitions = new ArrayList<>();

    Comparison(Scenario scenario, List<Contender> contenders) {
        this.scenario = scenario;
        this.contenders = contenders;
    }

    Scenario scenario() {
        return scenario;
    }

    void add(Repetition repetition) {
        repetitions.add(repetition);
    }

    /**
     * The repetitions that count: of one placement, the one with the most rounds that all contenders share, and
     * undisturbed, unless there is no such round at all.
     */
    List<Repetition> counted() {
        List<Repetition> calm = commonest(repetitions.stream().filter(each -> !each.disturbed()));
        return commonRounds(calm).isEmpty() ? commonest(repetitions.stream()) : calm;
    }

    List<Repetition> counted(Contender contender) {
        return of(contender, counted());
    }

    /** Rounds in which the repetitions of all contenders count and are undisturbed. */
    int goodRounds() {
        return commonRounds(counted().stream().filter(each -> !each.disturbed()).toList())
                .size();
    }

    List<Result> results() {
        List<Result> results = new ArrayList<>();
        for (Contender contender : contenders) {
            List<Repetition> counted = counted(contender);
            if (counted.isEmpty()) {
                continue;
            }
            for (Metric metric : scenario.metrics()) {
                List<Double> values =
                        counted.stream().map(each -> each.value(metric)).toList();
                results.add(new Result(scenario.name(), contender, metric, Summary.of(values)));
            }
        }
        return results;
    }

    /** Of the rounds in which the repetitions of both count. */
    List<Ratio> ratios() {
        Metric metric = scenario.compared();
        List<Ratio> ratios = new ArrayList<>();
        for (Contender ours : contenders.stream().filter(Contender::isOurs).toList()) {
            for (Contender peer : contenders) {
                List<Double> values = peer.isOurs() ? List.of() : ratios(ours, peer, metric);
                if (!values.isEmpty()) {
                    ratios.add(new Ratio(scenario.name(), ours.name(), peer.name(), Summary.of(values)));
                }
            }
        }
        return ratios;
    }

    private List<Double> ratios(Contender ours, Contender peer, Metric metric) {
        List<Double> values = new ArrayList<>();
        for (Repetition theirs : counted(peer)) {
            counted(ours).stream()
                    .filter(each -> each.round() == theirs.round())
                    .forEach(each -> values.add(metric.ratio(each.value(metric), theirs.value(metric))));
        }
        return values;
    }

    private List<Repetition> commonest(Stream<Repetition> candidates) {
        List<Repetition> all = candidates.toList();
        return Stream.of(Placement.NEAR, Placement.FAR, Placement.ANY)
                .map(placement -> all.stream()
                        .filter(each -> each.placement() == placement)
                        .toList())
                .max(Comparator.<List<Repetition>>comparingInt(
                                each -> commonRounds(each).size())
                        .thenComparingInt(List::size))
                .orElseThrow();
    }

    private Set<Integer> commonRounds(List<Repetition> candidates) {
        Set<Integer> common = candidates.stream().map(Repetition::round).collect(Collectors.toSet());
        for (Contender contender : contenders) {
            if (of(contender, repetitions).isEmpty()) {
                continue; // it always failed, which must not take the others with it
            }
            common.retainAll(
                    of(contender, candidates).stream().map(Repetition::round).collect(Collectors.toSet()));
        }
        return common;
    }

    private static List<Repetition> of(Contender contender, List<Repetition> candidates) {
        return candidates.stream().filter(each -> each.contender() == contender).toList();
    }
}
