package io.sluice.benchmarks;

/** What a number means. */
record Metric(String name, String unit, boolean moreIsBetter) {
    static final Metric RATE = new Metric("rate", "million/s", true);
    static final Metric P50 = new Metric("p50", "ns", false);
    static final Metric P99 = new Metric("p99", "ns", false);
    static final Metric CPU = new Metric("cpu", "percent", false);

    /** How many times better {@code ours} is than {@code theirs}; a value below the floor counts as the floor. */
    double ratio(double ours, double theirs) {
        double ourValue = Math.max(ours, FLOOR);
        double theirValue = Math.max(theirs, FLOOR);
        return moreIsBetter ? ourValue / theirValue : theirValue / ourValue;
    }

    private static final double FLOOR = 0.01;
}
