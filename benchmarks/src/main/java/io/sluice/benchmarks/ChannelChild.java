package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** One of the two JVMs of a repetition; ends with its parent. */
final class ChannelChild {
    private ChannelChild() {}

    /** The arguments that {@link #main} takes. */
    static List<String> arguments(Role role, String peer, Scenario scenario, Timing timing, int cpu) {
        return List.of(role.name(), peer, scenario.name(), timing.name(), Integer.toString(cpu));
    }

    public static void main(String[] args) throws InterruptedException {
        Leash.endWithParent();
        Role role = Role.valueOf(args[0]);
        JavaPeer peer = JavaPeer.named(args[1]);
        Exchange exchange = ChannelScenario.named(args[2]).exchange(Timing.valueOf(args[3]));
        Affinity affinity = new Affinity(Integer.parseInt(args[4]));
        Path directory = Path.of("").toAbsolutePath();
        try (Side side = new Side(role, new Control(directory), peer.transport(directory), affinity)) {
            if (role == Role.PRODUCER) {
                exchange.produce(side);
            } else {
                exchange.consume(side);
            }
        }
    }
}
