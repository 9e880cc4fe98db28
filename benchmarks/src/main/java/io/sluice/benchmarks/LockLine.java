package io.sluice.benchmarks;

/** The words that the processes of one repetition on a lock share. */
enum LockLine {
    /** The guarded numbers. */
    PAIR,
    /** Writes by those who have left, or were killed. */
    WRITES,
    /** How many processes have the lock open. */
    READY,
    /** Of {@link PairRate}. */
    PHASE,
    STOP,
    /** When the writer asked, by nanoTime; 0 while it does not. */
    ASKED,
    /** The number of the victim that holds the lock. */
    HELD,
    /** Of its process, in kB. */
    RESIDENT,
    /** The number of the victim that the waiter is to ask behind, then that it asks behind, then that it outlived. */
    GO,
    ASKING,
    ENTERED,
    /** By nanoTime. */
    ENTERED_AT
}
