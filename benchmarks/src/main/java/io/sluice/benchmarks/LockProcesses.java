package io.sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A lock that several JVMs measure. */
final class LockProcesses implements Contender {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final LockPeer peer;
    private final Jdk jdk;
    private final Timing timing;
    private final boolean pinned;

    LockProcesses(LockPeer peer, Jdk jdk, Timing timing, boolean pinned) {
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
        return LockProcessScenario.named(scenario.name()).isFor(name());
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        LockProcessScenario measured = LockProcessScenario.named(scenario.name());
        SharedLines.create(directory.resolve(LockSide.FILE), LockLine.class);
        try (Children children = new Children(directory);
                SharedLines<LockLine> lines = new SharedLines<>(directory.resolve(LockSide.FILE))) {
            for (int process = 0; process < measured.processes(); process++) {
                children.start(command(measured, process, List.of()));
            }
            if (measured.task() instanceof Recovery recovery) {
                return recover(measured, recovery, children, lines);
            }
            Map<String, Double> reported = children.results(TIMEOUT);
            check(lines);
            return measured.task() instanceof PairRate
                    ? Map.of(Metric.PAIR.name(), PairRate.nanosPerPair(reported))
                    : reported;
        } catch (IllegalStateException e) {
            throw new TrialException(
                    "a repetition failed: scenario=" + scenario.name() + " cause=" + e.getMessage(), e);
        }
    }

    private Map<String, Double> recover(
            LockProcessScenario scenario, Recovery recovery, Children children, SharedLines<LockLine> lines)
            throws InterruptedException {
        RecoveryTrial trial =
                new RecoveryTrial(children, lines, victim -> command(scenario, victim, recovery.victimFlags()));
        if (trial.run(recovery.repetitions(timing))) {
            children.results(TIMEOUT);
            check(lines);
        }
        return trial.values();
    }

    private List<String> command(LockProcessScenario scenario, int process, List<String> moreFlags) {
        boolean keep = pinned && scenario.task().isPinned();
        int cpu = keep ? process % Runtime.getRuntime().availableProcessors() : Affinity.ANY;
        return jdk.command(moreFlags, LockChild.class, LockChild.arguments(process, peer, scenario, timing, cpu));
    }

    private static void check(SharedLines<LockLine> lines) {
        new MappedPair(lines.line(LockLine.PAIR)).checkWrites(lines.get(LockLine.WRITES));
    }
}
