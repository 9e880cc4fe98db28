package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/** The transports that JVMs of their own measure. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum JavaPeer {
    SLUICE(Contender.SLUICE, SluiceTransport::new),
    AGRONA_SPSC("agrona-spsc", AgronaSpscTransport::new),
    CACHE_LINE("java-cacheline", CacheLineTransport::new);

    private final String peerName;
    private final Function<Path, Transport> transport;

    JavaPeer(String peerName, Function<Path, Transport> transport) {
        this.peerName = peerName;
        this.transport = transport;
    }

    String peerName() {
        return peerName;
    }

    Transport transport(Path directory) {
        return transport.apply(directory);
    }

    static JavaPeer named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.peerName.equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such contender: name=" + name));
    }
}
