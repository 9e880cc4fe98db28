package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A lock on a server, which is started for each repetition, measured by clients in JVMs of their own. */
final class RemoteLocks implements Contender {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final List<String> FLAGS = List.of("-Xms256m", "-Xmx256m", "-Dslf4j.internal.verbosity=ERROR");

    private final RemotePeer peer;
    private final Jdk jdk;
    private final Timing timing;

    RemoteLocks(RemotePeer peer, Jdk jdk, Timing timing) {
        this.peer = peer;
        this.jdk = jdk;
        this.timing = timing;
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
        return peer.isAvailable();
    }

    @Override
    public boolean supports(Scenario scenario) {
        return RemoteScenario.named(scenario.name()).isFor(peer);
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        RemoteScenario measured = RemoteScenario.named(scenario.name());
        SharedLines.create(directory.resolve(LockSide.FILE), LockLine.class);
        try (LockServer server = peer.start(directory);
                Children children = new Children(directory);
                SharedLines<LockLine> lines = new SharedLines<>(directory.resolve(LockSide.FILE))) {
            Files.writeString(directory.resolve(LockSide.ADDRESS), server.address());
            for (int process = 0; process < measured.processes(peer); process++) {
                children.start(
                        jdk.command(FLAGS, RemoteChild.class, RemoteChild.arguments(process, peer, measured, timing)));
            }
            Map<String, Double> reported = children.results(TIMEOUT);
            new MappedPair(lines.line(LockLine.PAIR)).checkWrites(lines.get(LockLine.WRITES));
            return reported;
        } catch (IllegalStateException e) {
            throw new TrialException(
                    "a repetition failed: scenario=" + scenario.name() + " cause=" + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
