package io.sluice.benchmarks;

/** Where clients on different hosts find their lock. */
interface LockServer extends AutoCloseable {
    /** As its clients want it. */
    String address();

    @Override
    void close();
}
