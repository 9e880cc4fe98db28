package io.sluice.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

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
        report.note(
                "measuring threads",
                options.pinned() ? "first producer on CPU 0, first consumer on CPU 1, others free" : "not pinned");
        report.note("ring capacity", Transport.CAPACITY + " bytes");
        report.note("term length of Aeron", HeavyPeer.AERON_TERM_LENGTH + " bytes, MTU " + HeavyPeer.AERON_MTU);
        report.note("messages a poll may hand over, one way", Integer.toString(OneWay.POLL_LIMIT));
        Rounds rounds = new Rounds(options.rounds(), PlacementProbe.create(options, workspace), workspace);
        rounds.run(scenarios, options.selectContenders(contenders(options, timing)), report);
        return rounds.failures();
    }

    private static List<Contender> contenders(Options options, Timing timing) {
        List<Contender> contenders = new ArrayList<>();
        Function<JavaPeer, JvmProcesses> processes =
                peer -> new JvmProcesses(peer, options.jdk(), timing, options.pinned());
        Stream.of(
                        JavaPeer.SLUICE,
                        JavaPeer.SLUICE_EXCLUSIVE,
                        JavaPeer.AGRONA_SPSC,
                        JavaPeer.AGRONA_MPSC,
                        JavaPeer.AGRONA_BROADCAST)
                .map(processes)
                .forEach(contenders::add);
        contenders.add(new FasterWay(
                "aeron", List.of(processes.apply(JavaPeer.AERON_OFFER), processes.apply(JavaPeer.AERON_CLAIM))));
        contenders.add(new FasterWay(
                "aeron-exclusive",
                List.of(
                        processes.apply(JavaPeer.AERON_EXCLUSIVE_OFFER),
                        processes.apply(JavaPeer.AERON_EXCLUSIVE_CLAIM))));
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
