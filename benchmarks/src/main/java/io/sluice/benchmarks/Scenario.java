package io.sluice.benchmarks;

import java.util.List;

/**
 * One thing that is measured; contenders are compared by the first of its metrics.
 *
 * @param distanceMatters whether the measured threads or processes pass cache lines to each other all the time
 */
record Scenario(String name, boolean distanceMatters, List<Metric> metrics) {
    Scenario(String name, Metric... metrics) {
        this(name, true, List.of(metrics));
    }

    /** One in which it does not matter how far the cores are from each other. */
    static Scenario apart(String name, Metric... metrics) {
        return new Scenario(name, false, List.of(metrics));
    }

    Metric compared() {
        return metrics.get(0);
    }
}
