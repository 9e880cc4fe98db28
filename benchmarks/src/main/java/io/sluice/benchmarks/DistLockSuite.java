package io.sluice.benchmarks;

import java.util.Arrays;
import java.util.List;

/** Locks between clients of a server, all on this machine. */
final class DistLockSuite implements Suite {
    @Override
    public String name() {
        return "dist-lock";
    }

    @Override
    public int run(Options options, Workspace workspace, Report report) throws InterruptedException {
        Timing timing = options.quick() ? Timing.QUICK : Timing.FULL;
        report.note("server", "started for each repetition, on the loopback address");
        List<Scenario> scenarios = Arrays.stream(RemoteScenario.values())
                .map(RemoteScenario::scenario)
                .toList();
        List<Contender> contenders = Arrays.stream(RemotePeer.values())
                .<Contender>map(peer -> new RemoteLocks(peer, options.jdk(), timing))
                .toList();
        Rounds rounds = new Rounds(options.rounds(), PlacementProbe.create(options, workspace), workspace);
        rounds.run(options.selectScenarios(scenarios), options.selectContenders(contenders), report);
        return rounds.failures();
    }
}
