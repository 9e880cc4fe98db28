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
    private final int batch;
    private final Metric metric;
    private final Timing timing;

    private OneWay(int messageLength, int batch, Metric metric, Timing timing) {
        this.messageLength = messageLength;
        this.batch = batch;
        this.metric = metric;
        this.timing = timing;
    }

    OneWay(int messageLength, Timing timing) {
        this(messageLength, 1, Metric.RATE, timing);
    }

    /** Tells the time a message takes; they are sent {@code batch} at once. */
    static OneWay cost(int messageLength, int batch, Timing timing) {
        return new OneWay(messageLength, batch, Metric.MESSAGE, timing);
    }

    @Override
    public void produce(Side side) {
        try (Transport.Sender out = side.sender(CHANNEL)) {
            side.ready();
            long sequence = 0;
            while (!side.stopped()) {
                sequence = batch == 1 ? send(out, sequence) : sendBatches(out, sequence);
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
            double messagesPerNano = (double) (messages.received() - before) / (end - start);
            side.report(metric, metric.moreIsBetter() ? messagesPerNano * 1e3 : 1 / messagesPerNano);
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

    private long sendBatches(Transport.Sender out, long first) {
        long sequence = first;
        for (int i = 0; i < ATTEMPTS_PER_STOP_CHECK; i += batch) {
            int sent = out.sendBatch(batch, messageLength, sequence);
            sequence += sent;
            if (sent == 0) {
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
