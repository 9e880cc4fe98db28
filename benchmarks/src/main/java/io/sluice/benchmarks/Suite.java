package io.sluice.benchmarks;

/** A named set of scenarios: what {@code run SUITE} runs. */
interface Suite {
    String name();

    /** Returns the number of repetitions that failed. */
    int run(Options options, Workspace workspace, Report report) throws InterruptedException;
}
