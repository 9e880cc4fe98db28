package io.sluice.samples;

import java.time.Duration;

/** How long the user wants to wait for the other side to come; says once whom for. */
final class Patience {
    private final String channel;
    private final Duration limit;
    private final long start = System.nanoTime();
    private boolean said;

    /** Zero: for ever. */
    Patience(String channel, Duration limit) {
        this.channel = channel;
        this.limit = limit;
    }

    /** To be called again and again while {@code whom} is not there. */
    void endure(String whom) {
        if (!said) {
            said = true;
            System.err.println("waiting for " + whom + ": channel=" + channel);
        }
        if (!limit.isZero() && System.nanoTime() - start >= limit.toNanos()) {
            throw new TransferException(
                    Main.NOBODY_CAME,
                    "waited in vain for " + whom + ": channel=" + channel + ", seconds=" + limit.toMillis() / 1e3);
        }
    }
}
