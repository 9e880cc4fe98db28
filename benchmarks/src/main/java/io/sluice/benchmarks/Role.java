package io.sluice.benchmarks;

/** The part of one process in an exchange. */
enum Role {
    PRODUCER(0),
    CONSUMER(1);

    /** The CPU of its measuring thread, and its place among shared words. */
    final int index;

    Role(int index) {
        this.index = index;
    }
}
