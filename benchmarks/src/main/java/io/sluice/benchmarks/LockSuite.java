package io.sluice.benchmarks;

import java.util.Arrays;
import java.util.List;

/** Locks between the threads of one JVM. */
final class LockSuite implements Suite {
    @Override
    public String name() {
        return "lock";
    }

    @Override
    public int run(Options options, Workspace workspace, Report report) throws InterruptedException {
        Timing timing = options.quick() ? Timing.QUICK : Timing.FULL;
        report.note("measuring threads", options.pinned() ? "thread N on CPU N" : "not pinned");
        List<Scenario> scenarios =
                Arrays.stream(LockScenario.values()).map(LockScenario::scenario).toList();
        List<Contender> contenders = LockPeer.OF_THREADS.stream()
                .<Contender>map(peer -> new JmhFork(peer, options.jdk(), timing, options.pinned()))
                .toList();
        Rounds rounds = new Rounds(options.rounds(), PlacementProbe.create(options, workspace), workspace);
        rounds.run(options.selectScenarios(scenarios), options.selectContenders(contenders), report);
        return rounds.failures();
    }
}
