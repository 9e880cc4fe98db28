package io.sluice.benchmarks;

/** How long the phases of a repetition take. */
enum Timing {
    FULL(1_000, 1_000, 300, 5_000),
    QUICK(500, 500, 100, 2_000),
    PROBE(200, 50, 0, 0);

    final int warmUpMillis;
    final int measureMillis;
    final int wakes;
    final int idleMillis;

    Timing(int warmUpMillis, int measureMillis, int wakes, int idleMillis) {
        this.warmUpMillis = warmUpMillis;
        this.measureMillis = measureMillis;
        this.wakes = wakes;
        this.idleMillis = idleMillis;
    }
}
