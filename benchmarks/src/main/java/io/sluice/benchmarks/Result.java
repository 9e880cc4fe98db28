package io.sluice.benchmarks;

/** A line of results. */
record Result(String scenario, Contender contender, Metric metric, Summary summary) {}
