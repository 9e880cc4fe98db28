package io.sluice.samples;

import io.sluice.shm.channel.Subscription;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A channel to standard output. */
@Command(
        name = "receive",
        description =
                "Receives what is sent through a channel and writes it to standard output. Waits for a sender; ends"
                        + " when the sender has ended and everything is written.",
        footer = "%nThe exit codes: samples/run --help")
final class ReceiveCommand implements Callable<Integer> {
    /** Between two looks at the clock, while there is nothing. */
    private static final Duration WAIT = Duration.ofMillis(250);

    /** Messages at a time. */
    private static final int LIMIT = 64;

    @Mixin
    private final TransferOptions options = new TransferOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Link link = Link.open(options);
                Meter meter = new Meter("received")) {
            ChunkWriter writer = new ChunkWriter(options.channel(), StandardStreams.output(), meter);
            receive(link, writer);
            if (!writer.isComplete()) {
                throw new TransferException(
                        Main.SENDER_GONE,
                        "the sender was killed or gave up, the output is incomplete: channel=" + options.channel()
                                + ", bytes=" + meter.bytes());
            }
        }
        return 0;
    }

    /** Until the sender has ended, in whichever way. */
    private static void receive(Link link, ChunkWriter writer) throws IOException, InterruptedException {
        Subscription subscription = link.subscribe();
        int result;
        do {
            result = subscription.receive(writer, LIMIT, WAIT);
            if (result == 0 && !writer.hasBegun()) {
                link.awaitSender();
            }
        } while (result >= 0);
    }
}
