package io.sluice.benchmarks;

import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** The consumer waits; after a pause one message comes: the time from before the send to the handler. */
final class WakeIdle implements Exchange {
    private static final int LENGTH = 32;
    private static final String CHANNEL = "rare";
    private static final int WARM_UP_MESSAGES = 10_000;
    private static final int WARM_UP_PAUSE_NANOS = 20_000;
    private static final int MIN_PAUSE_NANOS = 5_000_000;
    private static final int MAX_PAUSE_NANOS = 20_000_000;

    private final Timing timing;

    WakeIdle(Timing timing) {
        this.timing = timing;
    }

    @Override
    public void produce(Side side) {
        SplittableRandom random = new SplittableRandom(1);
        try (Transport.Sender out = side.sender(CHANNEL)) {
            side.ready();
            warmUp(out);
            for (int i = 0; i < timing.wakes; i++) {
                LockSupport.parkNanos(random.nextInt(MIN_PAUSE_NANOS, MAX_PAUSE_NANOS));
                send(out, WARM_UP_MESSAGES + i);
            }
            side.awaitStop();
        }
    }

    @Override
    public void consume(Side side) throws InterruptedException {
        Histogram latencies = Side.latencies();
        Verifier messages = new Verifier(LENGTH);
        MessageSink sink = (buffer, offset, length) -> {
            long now = System.nanoTime();
            messages.onMessage(buffer, offset, length);
            latencies.recordValue(now - messages.stamp());
        };
        try (Transport.Receiver in = side.receiver(CHANNEL, sink)) {
            side.ready();
            receive(in, messages, WARM_UP_MESSAGES);
            latencies.reset();
            receive(in, messages, WARM_UP_MESSAGES + timing.wakes);
            side.report(latencies);
            side.stop();
        }
    }

    /** Sends so that both sides are compiled, and the receiver sleeps now and then. */
    static void warmUp(Transport.Sender out) {
        for (int i = 0; i < WARM_UP_MESSAGES; i++) {
            LockSupport.parkNanos(WARM_UP_PAUSE_NANOS);
            send(out, i);
        }
    }

    static void awaitWarmUp(Transport.Receiver in, Verifier messages) throws InterruptedException {
        receive(in, messages, WARM_UP_MESSAGES);
    }

    private static void send(Transport.Sender out, long sequence) {
        while (!out.send(LENGTH, sequence, System.nanoTime())) {
            Thread.onSpinWait();
        }
    }

    private static void receive(Transport.Receiver in, Verifier messages, long count) throws InterruptedException {
        while (messages.received() < count) {
            in.await(1);
        }
    }
}
