package io.sluice.benchmarks;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one process of an exchange has: its transport, a word with the other process, and where results go. */
final class Side implements AutoCloseable {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final Place place;
    private final Control control;
    private final Transport transport;
    private final Affinity affinity;
    private final LineProbe probe;
    private int probes;

    Side(Place place, Control control, Transport transport, Affinity affinity) {
        this.place = place;
        this.control = control;
        this.transport = transport;
        this.affinity = affinity;
        probe = control.probe();
    }

    /** Of this process among those of its role, from 0. */
    int index() {
        return place.index();
    }

    boolean mayLose() {
        return transport.mayLose();
    }

    Transport.Sender sender(String channel) {
        return transport.sender(channel);
    }

    Transport.Receiver receiver(String channel, MessageSink sink) {
        return transport.receiver(channel, sink);
    }

    /** Called when all is open: returns when the other processes are ready too. */
    void ready() {
        affinity.apply();
        control.ready(place.role());
        for (Role each : Role.values()) {
            control.awaitReady(each, place.shape().count(each));
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

    /** By each consumer. */
    void stop() {
        control.stop();
    }

    /** Whether all consumers have enough. */
    boolean stopped() {
        return control.stops() >= place.shape().consumers;
    }

    void awaitStop() {
        control.awaitStops(place.shape().consumers);
    }

    void report(Metric metric, double value) {
        report(place.nameOf(metric), value);
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
