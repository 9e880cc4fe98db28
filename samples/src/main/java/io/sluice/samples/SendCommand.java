package io.sluice.samples;

import io.sluice.shm.channel.Publication;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Standard input into a channel. */
@Command(
        name = "send",
        description = "Sends standard input through a channel. Waits for a receiver; ends when the channel has taken"
                + " everything.",
        footer = "%nThe exit codes: samples/run --help")
final class SendCommand implements Callable<Integer> {
    /** Chunks in half a ring: the receiver takes one while the next are made. */
    private static final int CHUNKS = 4;

    private static final Duration WAIT = Duration.ofMillis(100);

    @Mixin
    private final TransferOptions options = new TransferOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Link link = Link.open(options)) {
            send(link.publish(), StandardStreams.input());
        }
        return 0;
    }

    private void send(Publication publication, FileChannel input) throws IOException, InterruptedException {
        int length = Chunk.HEADER + Chunk.dataLength(publication.maxMessageLength() / CHUNKS);
        ByteBuffer bytes = ByteBuffer.allocateDirect(length);
        UnsafeBuffer chunk = new UnsafeBuffer(bytes);
        try (Meter meter = new Meter("sent")) {
            int read = StandardStreams.read(input, bytes.position(Chunk.HEADER));
            meter.start();
            while (read >= 0) {
                Chunk.putOffset(chunk, meter.bytes());
                offer(publication, chunk, bytes.position());
                meter.add(read);
                read = StandardStreams.read(input, bytes.clear().position(Chunk.HEADER));
            }
            Chunk.putOffset(chunk, meter.bytes());
            offer(publication, chunk, Chunk.HEADER);
        }
    }

    /** A receiver that dies while the channel has room is noticed when the channel is full. */
    private void offer(Publication publication, UnsafeBuffer chunk, int length) throws InterruptedException {
        long position = Publication.BACK_PRESSURED;
        while (position == Publication.BACK_PRESSURED) {
            if (publication.subscribers() == 0) {
                throw new TransferException(
                        Main.RECEIVER_GONE, "the receiver was killed or gave up: channel=" + options.channel());
            }
            position = publication.offer(chunk, 0, length, WAIT);
        }
    }
}
