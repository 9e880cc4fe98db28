package io.sluice.samples;

import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.MessageHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** Writes the data of each chunk straight from the ring's memory. */
final class ChunkWriter implements MessageHandler {
    private final String channel;
    private final FileChannel output;
    private final Meter meter;
    private @Nullable ByteBuffer ring;
    private boolean begun;
    private boolean complete;

    ChunkWriter(String channel, FileChannel output, Meter meter) {
        this.channel = channel;
        this.output = output;
        this.meter = meter;
    }

    @Override
    public void onMessage(DirectBuffer buffer, int offset, int length, MessageHeader header) {
        checkOffset(length < Chunk.HEADER ? -1 : Chunk.offset(buffer, offset));
        begun = true;
        if (length == Chunk.HEADER) {
            complete = true;
            return;
        }
        meter.start();
        int start = buffer.wrapAdjustment() + offset;
        try {
            StandardStreams.write(output, ring(buffer).limit(start + length).position(start + Chunk.HEADER));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        meter.add(length - Chunk.HEADER);
    }

    private void checkOffset(long offset) {
        if (offset == meter.bytes()) {
            return;
        }
        if (begun || offset < 0) {
            throw new TransferException(
                    Main.FAILED,
                    "this is no transfer: channel=" + channel + ", offset=" + offset + ", expected=" + meter.bytes());
        }
        throw new TransferException(
                Main.JOINED_LATE,
                "the beginning was over before this receiver came: channel=" + channel + ", offset=" + offset);
    }

    private ByteBuffer ring(DirectBuffer buffer) {
        if (ring == null) {
            ring = buffer.byteBuffer().duplicate();
        }
        return ring.clear();
    }

    boolean hasBegun() {
        return begun;
    }

    /** Whether the last chunk was here. */
    boolean isComplete() {
        return complete;
    }
}
