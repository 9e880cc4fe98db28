package io.sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A contender whose producers and consumers are a JVM each. */
final class JvmProcesses implements Contender {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final JavaPeer peer;
    private final Jdk jdk;
    private final Timing timing;
    private final boolean pinned;

    JvmProcesses(JavaPeer peer, Jdk jdk, Timing timing, boolean pinned) {
        this.peer = peer;
        this.jdk = jdk;
        this.timing = timing;
        this.pinned = pinned;
    }

    @Override
    public String name() {
        return peer.peerName();
    }

    @Override
    public String jdk() {
        return jdk.version();
    }

    @Override
    public boolean available() {
        return peer.available();
    }

    @Override
    public boolean supports(Scenario scenario) {
        return peer.supports(ChannelScenario.named(scenario.name()).shape());
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        Control.create(directory);
        Shape shape = ChannelScenario.named(scenario.name()).shape();
        try (Transport.Helper helper = peer.helper(directory);
                Children children = new Children(directory)) {
            for (Role role : Role.values()) {
                for (int index = 0; index < shape.count(role); index++) {
                    Place place = new Place(shape, role, index);
                    int cpu = pinned ? place.cpu() : Affinity.ANY;
                    children.start(jdk.command(
                            ChannelChild.class, ChannelChild.arguments(place, name(), scenario, timing, cpu)));
                }
            }
            return worst(scenario, children.results(TIMEOUT), shape.consumers);
        }
    }

    /** Of several consumers the one that did worst counts. */
    static Map<String, Double> worst(Scenario scenario, Map<String, Double> reported, int consumers) {
        Map<String, Double> values = new HashMap<>(reported);
        for (Metric metric : scenario.metrics()) {
            for (int index = 1; index < consumers; index++) {
                Double other = values.remove(Place.nameOf(metric, index));
                if (other != null) {
                    values.merge(metric.name(), other, metric.moreIsBetter() ? Math::min : Math::max);
                }
            }
        }
        return values;
    }
}
