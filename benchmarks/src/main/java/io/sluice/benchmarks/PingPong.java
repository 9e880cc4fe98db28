package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** One message there and back: the consumer asks and takes the time, the producer answers. */
final class PingPong implements Exchange {
    private static final int LENGTH = 32;
    private static final String PING = "ping";
    private static final String PONG = "pong";

    private final boolean blocking;
    private final Timing timing;

    PingPong(boolean blocking, Timing timing) {
        this.blocking = blocking;
        this.timing = timing;
    }

    @Override
    public void produce(Side side) throws InterruptedException {
        Verifier pings = new Verifier(LENGTH);
        try (Transport.Receiver in = side.receiver(PING, pings);
                Transport.Sender out = side.sender(PONG)) {
            side.ready();
            do {
                receive(in);
                send(out, pings.received() - 1, pings.stamp());
                side.answerProbe();
            } while (!side.stopped());
        }
    }

    @Override
    public void consume(Side side) throws InterruptedException {
        Verifier pongs = new Verifier(LENGTH);
        try (Transport.Sender out = side.sender(PING);
                Transport.Receiver in = side.receiver(PONG, pongs)) {
            side.ready();
            Histogram latencies = Side.latencies();
            exchange(out, in, pongs, timing.warmUpMillis, latencies);
            probe(side, out, in, pongs);
            latencies.reset();
            exchange(out, in, pongs, timing.measureMillis, latencies);
            probe(side, out, in, pongs);
            side.report(latencies);
            side.stop();
            exchangeOne(out, in, pongs);
        }
    }

    /** The answer to one more message says that the producer is about to look. */
    private void probe(Side side, Transport.Sender out, Transport.Receiver in, Verifier pongs)
            throws InterruptedException {
        side.requestProbe();
        exchangeOne(out, in, pongs);
        side.probe();
    }

    private void exchangeOne(Transport.Sender out, Transport.Receiver in, Verifier pongs) throws InterruptedException {
        send(out, pongs.received(), 0);
        receive(in);
    }

    private void exchange(Transport.Sender out, Transport.Receiver in, Verifier pongs, int millis, Histogram latencies)
            throws InterruptedException {
        long start = System.nanoTime();
        long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
        while (start - end < 0) {
            send(out, pongs.received(), start);
            receive(in);
            long now = System.nanoTime();
            latencies.recordValue(now - start);
            start = now;
        }
    }

    private static void send(Transport.Sender out, long sequence, long stamp) {
        while (!out.send(LENGTH, sequence, stamp)) {
            Thread.onSpinWait();
        }
    }

    private void receive(Transport.Receiver in) throws InterruptedException {
        if (blocking) {
            while (in.await(1) == 0) {
                Thread.onSpinWait();
            }
        } else {
            while (in.poll(1) == 0) {
                Thread.onSpinWait();
            }
        }
    }
}
