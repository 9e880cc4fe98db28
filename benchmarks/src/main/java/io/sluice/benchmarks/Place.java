package io.sluice.benchmarks;

/** Which of the processes of a scenario one is. */
record Place(Shape shape, Role role, int index) {
    /** The first two have a CPU each to themselves, whoever is more than that goes where there is room. */
    int cpu() {
        return index == 0 ? role.index : Affinity.ANY;
    }

    /** Under what name it reports: each of several consumers has its own. */
    String nameOf(Metric metric) {
        return nameOf(metric, index);
    }

    static String nameOf(Metric metric, int index) {
        return index == 0 ? metric.name() : metric.name() + "." + index;
    }
}
