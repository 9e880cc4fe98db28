package io.sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One of the clients of a repetition on a remote lock; ends with its parent. */
final class RemoteChild {
    private RemoteChild() {}

    /** The arguments that {@link #main} takes. */
    static List<String> arguments(int process, RemotePeer peer, RemoteScenario scenario, Timing timing) {
        return List.of(Integer.toString(process), peer.name(), scenario.name(), timing.name());
    }

    public static void main(String[] args) throws IOException {
        Leash.endWithParent();
        RemotePeer peer = RemotePeer.valueOf(args[1]);
        RemoteScenario scenario = RemoteScenario.valueOf(args[2]);
        Path directory = Path.of("").toAbsolutePath();
        MeasuredLock lock = peer.open(LockSide.address(directory));
        try (LockSide side = new LockSide(
                Integer.parseInt(args[0]), scenario.processes(peer), lock, Timing.valueOf(args[3]), directory)) {
            scenario.task(peer).run(side);
        }
    }
}
