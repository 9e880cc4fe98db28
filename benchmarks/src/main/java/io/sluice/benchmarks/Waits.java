package io.sluice.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Some waits, each known exactly; one that was cut short never ended. */
final class Waits {
    private static final double NANOS_PER_MICRO = 1_000;

    private final List<Double> micros = new ArrayList<>();

    void add(long nanos) {
        micros.add(nanos / NANOS_PER_MICRO);
    }

    void addNever() {
        micros.add(Double.POSITIVE_INFINITY);
    }

    long nevers() {
        return micros.stream().filter(wait -> Double.isInfinite(wait)).count();
    }

    double percentNever() {
        return 100.0 * nevers() / micros.size();
    }

    /** The least wait that so large a part of the waits does not exceed. */
    double micros(double part) {
        List<Double> sorted = new ArrayList<>(micros);
        Collections.sort(sorted);
        return sorted.get(Math.max(1, (int) Math.ceil(part * sorted.size())) - 1);
    }

    Map<String, Double> byMetric() {
        return Map.of(
                Metric.P50_US.name(), micros(0.50),
                Metric.P99_US.name(), micros(0.99),
                Metric.MAX_US.name(), micros(1));
    }
}
