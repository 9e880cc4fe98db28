package io.sluice.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Messages between two processes. */
final class ChannelSuite implements Suite {
    @Override
    public String name() {
        return "channel";
    }

    @Override
    public int run(Options options, Workspace workspace, Report report) throws InterruptedException {
        Timing timing = options.quick() ? Timing.QUICK : Timing.FULL;
        List<Scenario> scenarios = options.selectScenarios(Arrays.stream(ChannelScenario.values())
                .map(ChannelScenario::scenario)
                .toList());
        report.note("measuring threads", options.pinned() ? "producer on CPU 0, consumer on CPU 1" : "not pinned");
        report.note("ring capacity", Transport.CAPACITY + " bytes");
        report.note("messages a poll may hand over, one way", Integer.toString(OneWay.POLL_LIMIT));
        Rounds rounds = new Rounds(options.rounds(), PlacementProbe.create(options, workspace), workspace);
        rounds.run(scenarios, options.selectContenders(contenders(options, timing)), report);
        return rounds.failures();
    }

    private static List<Contender> contenders(Options options, Timing timing) {
        List<Contender> contenders = new ArrayList<>();
        for (JavaPeer peer : List.of(JavaPeer.SLUICE, JavaPeer.AGRONA_SPSC)) {
            contenders.add(new JvmPair(peer, options.jdk(), timing, options.pinned()));
        }
        contenders.add(NativeProgram.cacheLine(options, timing));
        contenders.add(NativeProgram.ofPair(
                options.program("c-futex"),
                Set.of(
                        ChannelScenario.PINGPONG_BLOCKING_32.scenario().name(),
                        ChannelScenario.WAKE_IDLE.scenario().name()),
                timing,
                options.pinned()));
        return contenders;
    }
}
