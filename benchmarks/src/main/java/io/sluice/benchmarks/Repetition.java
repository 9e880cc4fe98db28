package io.sluice.benchmarks;

import java.util.Map;

/** What one contender measured in one round, and how the machine was meanwhile. */
record Repetition(Contender contender, int round, Placement placement, double foreignCpu, Map<String, Double> values) {
    /** In percent of one core. */
    static final double DISTURBED_FROM = 15;

    boolean disturbed() {
        return foreignCpu >= DISTURBED_FROM;
    }

    double value(Metric metric) {
        return value(contender, values, metric);
    }

    static double value(Contender contender, Map<String, Double> values, Metric metric) {
        Double value = values.get(metric.name());
        if (value == null) {
            throw new TrialException("a contender did not report: contender=" + contender.name() + " metric="
                    + metric.name() + " reported=" + values);
        }
        return value;
    }
}
