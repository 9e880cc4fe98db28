package io.sluice.benchmarks;

/** Keeps another core busy with this process, as a program's other threads would. */
final class BusyThread implements AutoCloseable {
    private volatile boolean closed;

    private BusyThread() {}

    /** On a machine with one core there is no other. */
    static BusyThread start(int cpu) {
        BusyThread busy = new BusyThread();
        if (Runtime.getRuntime().availableProcessors() > 1) {
            Thread thread = new Thread(() -> busy.spin(cpu), "busy");
            thread.setDaemon(true);
            thread.start();
        }
        return busy;
    }

    private void spin(int cpu) {
        new Affinity(cpu).apply();
        while (!closed) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
