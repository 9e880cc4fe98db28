package io.sluice.benchmarks;

import java.nio.file.Path;

/** The round trip of a cache line between two processes, as it is now. */
final class PlacementProbe {
    /** Begins the names of what a contender's own processes probed, close to the measured part. */
    static final String WITHIN = "probe.";

    private final Contender contender;
    private final Scenario scenario;
    private final Workspace workspace;

    /** The contender bounces one message in one line as fast as it can, in few milliseconds. */
    private PlacementProbe(Contender contender, Scenario scenario, Workspace workspace) {
        this.contender = contender;
        this.scenario = scenario;
        this.workspace = workspace;
    }

    /** By the program in C, or by a pair of JVMs where there is no compiler. */
    static PlacementProbe create(Options options, Workspace workspace) {
        Contender program = NativeProgram.cacheLine(options, Timing.PROBE);
        Contender contender = program.available()
                ? program
                : new JvmProcesses(JavaPeer.CACHE_LINE, options.jdk(), Timing.PROBE, options.pinned());
        return new PlacementProbe(contender, ChannelScenario.PINGPONG_32.scenario(), workspace);
    }

    double roundTripNanos() throws InterruptedException {
        Path directory = workspace.newDirectory();
        try {
            return Repetition.value(contender, contender.measure(scenario, directory), scenario.compared());
        } finally {
            Workspace.delete(directory);
        }
    }
}
