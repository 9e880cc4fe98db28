package io.sluice.benchmarks;

/** What a process of a scenario does with the lock, whatever the contender. */
interface LockTask {
    void run(LockSide side);

    /** How often a repetition measures what it measures one by one. */
    int repetitions(Timing timing);

    /** Whether process N stays on CPU N. */
    boolean isPinned();
}
