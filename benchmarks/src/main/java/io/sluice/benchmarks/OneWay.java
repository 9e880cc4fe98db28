package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;

/** A stream as fast as it goes: the consumer counts the messages of the measured time. */
final class OneWay implements Exchange {
    /** Messages that one poll may hand over, for every contender. */
    static final int POLL_LIMIT = 64;

    private static final String CHANNEL = "stream";
    private static final int SETTLE_MILLIS = 10;
    private static final int ATTEMPTS_PER_STOP_CHECK = 1024;
    private static final int MESSAGES_PER_CLOCK_CHECK = 8192;

    private final int messageLength;
    private final Timing timing;

    OneWay(int messageLength, Timing timing) {
        this.messageLength = messageLength;
        this.timing = timing;
    }

    @Override
    public void produce(Side side) {
        try (Transport.Sender out = side.sender(CHANNEL)) {
            side.ready();
            long sequence = 0;
            while (!side.stopped()) {
                sequence = send(out, sequence);
                side.answerProbe();
            }
        }
    }

    @Override
    public void consume(Side side) {
        Verifier messages = new Verifier(messageLength);
        try (Transport.Receiver in = side.receiver(CHANNEL, messages)) {
            side.ready();
            receive(in, messages, timing.warmUpMillis);
            probe(side);
            long start = receive(in, messages, SETTLE_MILLIS);
            long before = messages.received();
            long end = receive(in, messages, timing.measureMillis);
            probe(side);
            side.report(Metric.RATE, (messages.received() - before) * 1e3 / (end - start));
            side.stop();
        }
    }

    private static void probe(Side side) {
        side.requestProbe();
        side.probe();
    }

    private long send(Transport.Sender out, long first) {
        long sequence = first;
        for (int i = 0; i < ATTEMPTS_PER_STOP_CHECK; i++) {
            if (out.send(messageLength, sequence, ~sequence)) {
                sequence++;
            } else {
                Thread.onSpinWait();
            }
        }
        return sequence;
    }

    /** Returns the time of the last message. */
    private static long receive(Transport.Receiver in, Verifier messages, int millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        long now;
        do {
            receive(in, messages);
            now = System.nanoTime();
        } while (now - end < 0);
        return now;
    }

    private static void receive(Transport.Receiver in, Verifier messages) {
        long target = messages.received() + MESSAGES_PER_CLOCK_CHECK;
        while (messages.received() < target) {
            if (in.poll(POLL_LIMIT) == 0) {
                Thread.onSpinWait();
            }
        }
    }
}
