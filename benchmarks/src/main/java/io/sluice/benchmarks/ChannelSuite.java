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
        List<Contender> contenders = available(options.selectContenders(contenders(options, timing)));
        report.note("ring capacity", Transport.CAPACITY + " bytes");
        report.note("messages a poll may hand over, one way", Integer.toString(OneWay.POLL_LIMIT));
        Rounds rounds = new Rounds(options.rounds(), probe(options, workspace), workspace);
        for (Scenario scenario : scenarios) {
            List<Contender> supporting =
                    contenders.stream().filter(each -> each.supports(scenario)).toList();
            if (!supporting.isEmpty()) {
                report.add(rounds.run(scenario, supporting));
            }
        }
        return rounds.failures();
    }

    private static List<Contender> available(List<Contender> contenders) {
        for (Contender contender : contenders) {
            if (!contender.available()) {
                Progress.say("skipped, as it was not compiled: contender=" + contender.name());
            }
        }
        return contenders.stream().filter(Contender::available).toList();
    }

    private static List<Contender> contenders(Options options, Timing timing) {
        List<Contender> contenders = new ArrayList<>();
        for (JavaPeer peer : List.of(JavaPeer.SLUICE, JavaPeer.AGRONA_SPSC)) {
            contenders.add(new JvmPair(peer, options.jdk(), timing, options.pinned()));
        }
        contenders.add(cacheLine(options, timing));
        contenders.add(new NativeProgram(
                options.program("c-futex"),
                Set.of(
                        ChannelScenario.PINGPONG_BLOCKING_32.scenario().name(),
                        ChannelScenario.WAKE_IDLE.scenario().name()),
                timing,
                options.pinned()));
        return contenders;
    }

    private static Contender cacheLine(Options options, Timing timing) {
        return new NativeProgram(
                options.program("c-cacheline"),
                Set.of(ChannelScenario.PINGPONG_32.scenario().name()),
                timing,
                options.pinned());
    }

    private static PlacementProbe probe(Options options, Workspace workspace) {
        Contender program = cacheLine(options, Timing.PROBE);
        Contender contender = program.available()
                ? program
                : new JvmPair(JavaPeer.CACHE_LINE, options.jdk(), Timing.PROBE, options.pinned());
        return new PlacementProbe(contender, ChannelScenario.PINGPONG_32.scenario(), workspace);
    }
}
