package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.List;

/** One of the JVMs of a repetition; ends with its parent. */
final class ChannelChild {
    private ChannelChild() {}

    /** The arguments that {@link #main} takes. */
    static List<String> arguments(Place place, String peer, Scenario scenario, Timing timing, int cpu) {
        return List.of(
                place.role().name(),
                Integer.toString(place.index()),
                peer,
                scenario.name(),
                timing.name(),
                Integer.toString(cpu));
    }

    public static void main(String[] args) throws InterruptedException {
        Leash.endWithParent();
        JavaPeer peer = JavaPeer.named(args[2]);
        ChannelScenario scenario = ChannelScenario.named(args[3]);
        Place place = new Place(scenario.shape(), Role.valueOf(args[0]), Integer.parseInt(args[1]));
        Exchange exchange = scenario.exchange(Timing.valueOf(args[4]));
        Affinity affinity = new Affinity(Integer.parseInt(args[5]));
        Path directory = Path.of("").toAbsolutePath();
        try (Side side = new Side(place, new Control(directory), peer.transport(directory, place.shape()), affinity)) {
            if (place.role() == Role.PRODUCER) {
                exchange.produce(side);
            } else {
                exchange.consume(side);
            }
        }
    }
}
