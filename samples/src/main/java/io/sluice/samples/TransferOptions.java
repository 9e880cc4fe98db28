package io.sluice.samples;

import java.time.Duration;
import java.util.OptionalInt;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What both sides of a transfer are told. */
final class TransferOptions {
    @Parameters(paramLabel = "CHANNEL", description = "The channel's name, the same on both sides.")
    private String channel = "";

    @Option(
            names = "--domain",
            paramLabel = "NAME",
            description = "The domain, the same on both sides (default: ${DEFAULT-VALUE}).")
    private String domain = "samples";

    @Option(
            names = "--capacity",
            paramLabel = "BYTES",
            description =
                    "Size of the channel's ring, a power of two from 4096 on (default: that of the side that comes"
                            + " first, " + Link.DEFAULT_CAPACITY + " if it gives none either).")
    private int capacity;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long to wait for the other side to come (default: for ever).")
    private double timeout;

    String channel() {
        return channel;
    }

    String domain() {
        return domain;
    }

    OptionalInt capacity() {
        return capacity == 0 ? OptionalInt.empty() : OptionalInt.of(capacity);
    }

    Patience patience() {
        return new Patience(channel, Duration.ofNanos((long) (timeout * 1e9)));
    }
}
