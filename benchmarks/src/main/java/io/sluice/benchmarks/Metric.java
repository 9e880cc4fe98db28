package io.sluice.benchmarks;

/** What a number means. */
record Metric(String name, String unit, boolean moreIsBetter) {
    static final Metric RATE = new Metric("rate", "million/s", true);
    static final Metric MESSAGE = new Metric("message", "ns", false);
    static final Metric LOST = new Metric("lost", "percent", false);
    static final Metric P50 = new Metric("p50", "ns", false);
    static final Metric P99 = new Metric("p99", "ns", false);
    static final Metric P50_US = new Metric("p50", "us", false);
    static final Metric P99_US = new Metric("p99", "us", false);
    static final Metric MAX_US = new Metric("max", "us", false);
    static final Metric PAIR = new Metric("pair", "ns", false);
    static final Metric ALLOCATED = new Metric("allocated", "B/pair", false);
    static final Metric STARVED = new Metric("starved", "percent", false);
    static final Metric RESIDENT = new Metric("resident", "MB", false);
    static final Metric CPU = new Metric("cpu", "percent", false);

    /** How many times better {@code ours} is than {@code theirs}; a value below the floor counts as the floor. */
    double ratio(double ours, double theirs) {
        if (Double.isInfinite(ours) && Double.isInfinite(theirs)) {
            return 1;
        }
        double ourValue = Math.max(ours, FLOOR);
        double theirValue = Math.max(theirs, FLOOR);
        return moreIsBetter ? ourValue / theirValue : theirValue / ourValue;
    }

    private static final double FLOOR = 0.01;
}
