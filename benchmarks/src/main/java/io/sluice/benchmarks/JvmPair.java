package io.sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A contender that runs in two JVMs, one a producer and one a consumer. */
final class JvmPair implements Contender {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final JavaPeer peer;
    private final Jdk jdk;
    private final Timing timing;
    private final boolean pinned;

    JvmPair(JavaPeer peer, Jdk jdk, Timing timing, boolean pinned) {
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
        return true;
    }

    @Override
    public boolean supports(Scenario scenario) {
        return true;
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        Control.create(directory);
        try (Children children = new Children(directory)) {
            for (Role role : Role.values()) {
                int cpu = pinned ? role.index : Affinity.ANY;
                children.start(
                        jdk.command(ChannelChild.class, ChannelChild.arguments(role, name(), scenario, timing, cpu)));
            }
            return children.results(TIMEOUT);
        }
    }
}
