package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** The transports that JVMs of their own measure. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state, its sets do not change
enum JavaPeer {
    SLUICE(
            Contender.SLUICE,
            EnumSet.allOf(Shape.class),
            (directory, shape) -> new SluiceTransport(directory, shape == Shape.MERGE || shape == Shape.SOLO)),
    SLUICE_EXCLUSIVE(
            "sluice-exclusive", EnumSet.of(Shape.SOLO), (directory, shape) -> new SluiceTransport(directory, false)),
    AGRONA_SPSC("agrona-spsc", EnumSet.of(Shape.PAIR), (directory, shape) -> AgronaRingTransport.ofOne(directory)),
    AGRONA_MPSC(
            "agrona-mpsc",
            EnumSet.of(Shape.PAIR, Shape.MERGE),
            (directory, shape) -> AgronaRingTransport.ofMany(directory)),
    AGRONA_BROADCAST(
            "agrona-broadcast",
            EnumSet.of(Shape.BROADCAST),
            (directory, shape) -> new AgronaBroadcastTransport(directory)),
    AERON_OFFER("aeron-offer"),
    AERON_CLAIM("aeron-claim"),
    AERON_EXCLUSIVE_OFFER("aeron-exclusive-offer"),
    AERON_EXCLUSIVE_CLAIM("aeron-exclusive-claim"),
    CACHE_LINE("java-cacheline", EnumSet.of(Shape.PAIR), (directory, shape) -> new CacheLineTransport(directory));

    private final String peerName;
    private final Set<Shape> shapes;
    private final BiFunction<Path, Shape, Transport> transport;
    private final boolean isHeavy;

    JavaPeer(String peerName, Set<Shape> shapes, BiFunction<Path, Shape, Transport> transport) {
        this.peerName = peerName;
        this.shapes = shapes;
        this.transport = transport;
        this.isHeavy = false;
    }

    /** A way to use Aeron. */
    JavaPeer(String peerName) {
        this.peerName = peerName;
        this.shapes = EnumSet.of(Shape.PAIR, Shape.MERGE, Shape.BROADCAST);
        this.transport = (directory, shape) -> aeron().orElseThrow().transport(peerName, directory);
        this.isHeavy = true;
    }

    private static Optional<HeavyPeer> aeron() {
        return HeavyPeer.find("AeronPeer");
    }

    String peerName() {
        return peerName;
    }

    boolean available() {
        return !isHeavy || aeron().isPresent();
    }

    boolean supports(Shape shape) {
        return shapes.contains(shape);
    }

    Transport transport(Path directory, Shape shape) {
        return transport.apply(directory, shape);
    }

    /** What has to run beside the measured processes. */
    Transport.Helper helper(Path directory) {
        return isHeavy ? aeron().orElseThrow().helper(directory) : () -> {};
    }

    static JavaPeer named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.peerName.equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such contender: name=" + name));
    }
}
