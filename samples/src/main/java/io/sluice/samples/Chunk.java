package io.sluice.samples;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The messages of a transfer: the offset of the data in the stream (64 bits), then the data. The offset tells a receiver
 * that it came too late for the beginning. A chunk without data is the last one; a stream that ends without it was cut
 * off.
 */
final class Chunk {
    static final int HEADER = Long.BYTES;

    private static final int PAGE = 4096;

    private Chunk() {}

    /** How much data to put in a chunk: whole pages where one fits, because files take those fastest. */
    static int dataLength(int maxMessageLength) {
        int most = maxMessageLength - HEADER;
        return most < PAGE ? most : most & -PAGE;
    }

    static void putOffset(MutableDirectBuffer chunk, long offset) {
        chunk.putLong(0, offset);
    }

    static long offset(DirectBuffer buffer, int index) {
        return buffer.getLong(index);
    }
}
