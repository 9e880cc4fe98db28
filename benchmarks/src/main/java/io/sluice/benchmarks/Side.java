package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one process of an exchange has: its transport, a word with the other process, and where results go. */
final class Side implements AutoCloseable {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final Role role;
    private final Control control;
    private final Transport transport;
    private final Affinity affinity;
    private final LineProbe probe;
    private int probes;

    Side(Role role, Control control, Transport transport, Affinity affinity) {
        this.role = role;
        this.control = control;
        this.transport = transport;
        this.affinity = affinity;
        probe = control.probe();
    }

    Transport.Sender sender(String channel) {
        return transport.sender(channel);
    }

    Transport.Receiver receiver(String channel, MessageSink sink) {
        return transport.receiver(channel, sink);
    }

    /** Called when all is open: returns when the other process is ready too. */
    void ready() {
        affinity.apply();
        control.ready(role);
        for (Role each : Role.values()) {
            control.awaitReady(each);
        }
    }

    /** The other side must be about to look: see {@link #answerProbe}. */
    void requestProbe() {
        probe.request();
    }

    /** Tells where the cores are now. */
    void probe() {
        report(PlacementProbe.WITHIN + probes++, probe.ask());
    }

    /** Called by the producer again and again, between messages. */
    void answerProbe() {
        probe.answerIfAsked();
    }

    void stop() {
        control.stop();
    }

    boolean stopped() {
        return control.stopped();
    }

    void awaitStop() {
        control.awaitStop();
    }

    void report(Metric metric, double value) {
        report(metric.name(), value);
    }

    void report(Histogram latencies) {
        report(Metric.P50, (double) latencies.getValueAtPercentile(50));
        report(Metric.P99, (double) latencies.getValueAtPercentile(99));
    }

    private static void report(String name, double value) {
        System.out.println(name + "\t" + value);
    }

    static Histogram latencies() {
        return new Histogram(LONGEST_NANOS, 3);
    }

    @Override
    public void close() {
        transport.close();
    }
}
