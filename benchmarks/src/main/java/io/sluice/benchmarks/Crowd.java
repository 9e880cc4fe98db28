package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;

/**
 * Streams as fast as they go from several producers, or to several consumers; each consumer counts the messages of the
 * measured time. There may be more processes than CPUs, so who finds no room, or no message, again and again gives its
 * CPU away.
 */
final class Crowd implements Exchange {
    private static final String CHANNEL = "stream";
    private static final int SETTLE_MILLIS = 10;
    private static final int ATTEMPTS_PER_STOP_CHECK = 1024;
    private static final int POLLS_PER_CLOCK_CHECK = 256;
    private static final int SPINS_BEFORE_YIELD = 128;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double PERCENT = 100;

    private final int messageLength;
    private final Shape shape;
    private final Timing timing;

    Crowd(int messageLength, Shape shape, Timing timing) {
        this.messageLength = messageLength;
        this.shape = shape;
        this.timing = timing;
    }

    @Override
    public void produce(Side side) {
        try (Transport.Sender out = side.sender(CHANNEL)) {
            side.ready();
            long sequence = 0;
            while (!side.stopped()) {
                sequence = send(out, sequence, side.index());
            }
        }
    }

    private long send(Transport.Sender out, long first, long producer) {
        long sequence = first;
        int inVain = 0;
        for (int i = 0; i < ATTEMPTS_PER_STOP_CHECK; i++) {
            if (out.send(messageLength, sequence, producer)) {
                sequence++;
                inVain = 0;
            } else {
                inVain = pause(inVain);
            }
        }
        return sequence;
    }

    @Override
    public void consume(Side side) {
        MergedVerifier messages = new MergedVerifier(messageLength, shape.producers, side.mayLose());
        try (Transport.Receiver in = side.receiver(CHANNEL, messages)) {
            side.ready();
            receive(in, messages, timing.warmUpMillis);
            long start = receive(in, messages, SETTLE_MILLIS);
            long receivedBefore = messages.received();
            long lostBefore = messages.lost();
            long end = receive(in, messages, timing.measureMillis);
            double received = messages.received() - receivedBefore;
            double lost = messages.lost() - lostBefore;
            side.report(Metric.RATE, received * NANOS_PER_MICRO / (end - start));
            if (shape == Shape.BROADCAST) {
                side.report(Metric.LOST, lost == 0 ? 0 : PERCENT * lost / (received + lost));
            }
            side.stop();
            while (!side.stopped()) { // the others still measure, and who does not read holds them up
                receive(in);
            }
        }
    }

    /** At least one message; returns the time. */
    private static long receive(Transport.Receiver in, MergedVerifier messages, int millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long before = messages.received();
        long now;
        do {
            receive(in);
            now = System.nanoTime();
        } while (now - end < 0 || messages.received() == before);
        return now;
    }

    private static void receive(Transport.Receiver in) {
        int inVain = 0;
        for (int i = 0; i < POLLS_PER_CLOCK_CHECK; i++) {
            inVain = in.poll(OneWay.POLL_LIMIT) == 0 ? pause(inVain) : 0;
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // there are more threads than CPUs, and nothing depends on it but the rate
    private static int pause(int inVain) {
        if (inVain < SPINS_BEFORE_YIELD) {
            Thread.onSpinWait();
            return inVain + 1;
        }
        Thread.yield();
        return 0;
    }
}
