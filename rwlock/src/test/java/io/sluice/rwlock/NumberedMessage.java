package io.sluice.rwlock;

import io.sluice.shm.channel.Publication;
import java.time.Duration;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A message that can be verified alone: producer (8 bytes), number (8), then bytes that follow from both; so does its
 * length.
 */
final class NumberedMessage {
    static final int LEAST = 2 * Long.BYTES;

    private NumberedMessage() {}

    static int length(long producer, long number, int most) {
        long mixed = (number * 31 + producer + 1) * 0x9E3779B97F4A7C15L;
        return LEAST + (int) Math.floorMod(mixed >>> 32, (long) most - LEAST + 1);
    }

    static void encode(long producer, long number, int length, MutableDirectBuffer buffer, int index) {
        buffer.putLong(index, producer);
        buffer.putLong(index + Long.BYTES, number);
        for (int i = LEAST; i < length; i++) {
            buffer.putByte(index + i, (byte) (producer + number + i));
        }
    }

    /** Now by claim, now by offer; the position behind it, or below zero on time-out. */
    static long send(Publication out, long producer, long number, int most, Random random, MutableDirectBuffer scratch)
            throws InterruptedException {
        Duration patience = Duration.ofSeconds(30);
        int length = length(producer, number, most);
        if (random.nextBoolean()) {
            encode(producer, number, length, scratch, 0);
            return out.offer(scratch, 0, length, patience);
        }
        int index = out.claim(length, patience);
        if (index < 0) {
            return index;
        }
        encode(producer, number, length, out.buffer(), index);
        return out.commit();
    }

    static long producer(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset);
    }

    static long number(DirectBuffer buffer, int offset) {
        return buffer.getLong(offset + Long.BYTES);
    }

    static void verify(DirectBuffer buffer, int offset, int length, int most) {
        long producer = producer(buffer, offset);
        long number = number(buffer, offset);
        if (length != length(producer, number, most)) {
            throw new AssertionError(
                    "wrong length: producer=" + producer + ", number=" + number + ", length=" + length);
        }
        for (int i = LEAST; i < length; i++) {
            if (buffer.getByte(offset + i) != (byte) (producer + number + i)) {
                throw new AssertionError("torn: producer=" + producer + ", number=" + number + ", index=" + i);
            }
        }
    }
}
