package io.sluice.benchmarks;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The content of every message: a sequence number, a stamp, and words that follow from both.
 *
 * <p>Up to 64 bytes each 8-byte word is written and checked. A longer message is copied from a block, as a message that
 * exists already would be, and then each 64-byte line gets a word of its own, which the receiver checks: a message that
 * is lost, repeated, reordered or torn between two lines is seen.
 */
final class Payload {
    private static final int WORD = Long.BYTES;
    private static final int LINE = 64;
    private static final int MAX_LENGTH = 1 << 16;
    private static final byte[] BLOCK = block();

    private Payload() {}

    static void encode(MutableDirectBuffer buffer, int offset, int length, long sequence, long stamp) {
        int step = WORD;
        if (length > LINE) {
            step = LINE;
            buffer.putBytes(offset, BLOCK, 0, length);
        }
        long word = sequence + stamp;
        buffer.putLong(offset, sequence);
        buffer.putLong(offset + WORD, stamp);
        for (int i = Math.max(step, 2 * WORD); i < length; i += step) {
            buffer.putLong(offset + i, word + i);
        }
    }

    static long sequence(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset);
    }

    static long stamp(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + WORD);
    }

    /** Returns the stamp. */
    static long check(DirectBuffer buffer, int offset, int length, long sequence) {
        int step = length > LINE ? LINE : WORD;
        long stamp = buffer.getLong(offset + WORD);
        long word = sequence + stamp;
        long difference = buffer.getLong(offset) ^ sequence;
        for (int i = Math.max(step, 2 * WORD); i < length; i += step) {
            difference |= buffer.getLong(offset + i) ^ (word + i);
        }
        if (difference != 0) {
            throw damaged(buffer, offset, length, sequence);
        }
        return stamp;
    }

    private static IllegalStateException damaged(DirectBuffer buffer, int offset, int length, long sequence) {
        return new IllegalStateException("a message is not the one that was sent: expectedSequence=" + sequence
                + " sequence=" + buffer.getLong(offset) + " length=" + length + " offset=" + offset);
    }

    private static byte[] block() {
        byte[] block = new byte[MAX_LENGTH];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) i;
        }
        return block;
    }
}
