package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;

/** Nothing comes: the part of one core that the waiting consumer's process uses. */
final class IdleCpu implements Exchange {
    private static final int LENGTH = 32;
    private static final String CHANNEL = "silent";
    private static final int SETTLE_MILLIS = 1_000;

    private final Timing timing;

    IdleCpu(Timing timing) {
        this.timing = timing;
    }

    @Override
    public void produce(Side side) {
        try (Transport.Sender out = side.sender(CHANNEL)) {
            side.ready();
            WakeIdle.warmUp(out);
            side.awaitStop();
        }
    }

    @Override
    public void consume(Side side) throws InterruptedException {
        Verifier messages = new Verifier(LENGTH);
        try (Transport.Receiver in = side.receiver(CHANNEL, messages)) {
            side.ready();
            WakeIdle.awaitWarmUp(in, messages);
            await(in, SETTLE_MILLIS);
            long cpuBefore = ProcessCpu.nanos();
            long elapsed = await(in, timing.idleMillis);
            long cpu = ProcessCpu.nanos() - cpuBefore;
            side.report(Metric.CPU, 100.0 * cpu / elapsed);
            side.stop();
        }
    }

    /** Returns the nanoseconds that it took. */
    private static long await(Transport.Receiver in, int millis) throws InterruptedException {
        long start = System.nanoTime();
        long elapsed = 0;
        while (elapsed < TimeUnit.MILLISECONDS.toNanos(millis)) {
            in.await(1);
            elapsed = System.nanoTime() - start;
        }
        return elapsed;
    }
}
