package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** One of the JVMs of a repetition on a lock; ends with its parent. */
final class LockChild {
    private LockChild() {}

    /** The arguments that {@link #main} takes. */
    static List<String> arguments(int process, LockPeer peer, LockProcessScenario scenario, Timing timing, int cpu) {
        return List.of(
                Integer.toString(process), peer.peerName(), scenario.name(), timing.name(), Integer.toString(cpu));
    }

    public static void main(String[] args) {
        Leash.endWithParent();
        LockPeer peer = LockPeer.named(args[1]);
        LockProcessScenario scenario = LockProcessScenario.valueOf(args[2]);
        new Affinity(Integer.parseInt(args[4])).apply();
        Path directory = Path.of("").toAbsolutePath();
        try (LockSide side = new LockSide(
                Integer.parseInt(args[0]),
                scenario.processes(),
                peer.open(directory),
                Timing.valueOf(args[3]),
                directory)) {
            scenario.task().run(side);
        }
    }
}
