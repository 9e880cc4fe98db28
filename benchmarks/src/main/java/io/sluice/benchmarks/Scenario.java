package io.sluice.benchmarks;

import java.util.List;

/** One thing that is measured; contenders are compared by the first of its metrics. */
record Scenario(String name, List<Metric> metrics) {
    Scenario(String name, Metric... metrics) {
        this(name, List.of(metrics));
    }

    Metric compared() {
        return metrics.get(0);
    }
}
