package io.sluice.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
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
        endWithParent();
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

    /** The parent holds the other end of standard input: it ends when the parent does, however that happens. */
    private static void endWithParent() {
        Thread leash = new Thread(
                () -> {
                    try {
                        System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        System.err.println("standard input failed: " + e);
                    }
                    Runtime.getRuntime().halt(1);
                },
                "leash");
        leash.setDaemon(true);
        leash.start();
    }
}
