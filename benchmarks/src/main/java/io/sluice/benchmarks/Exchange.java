package io.sluice.benchmarks;

/** What the two processes of a scenario do, whatever the contender. */
interface Exchange {
    void produce(Side side) throws InterruptedException;

    void consume(Side side) throws InterruptedException;
}
