package io.sluice.shm.channel;

import io.sluice.shm.Domain;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The other process of a channel test. A message carries its number, and bytes that follow from it, so that a receiver
 * can verify each alone: {@code number (8), then (byte) (number + i)}; its length follows from the number, too.
 */
final class Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Peer() {}

    /** Arguments: directory, role, number of messages. */
    public static void main(String[] arguments) throws Exception {
        try (Domain domain = Domain.open(Path.of(arguments[0]));
                Channel channel = Channel.named("ticks").open(domain)) {
            long messages = Long.parseLong(arguments[2]);
            switch (arguments[1]) {
                case "publish" -> publish(channel, messages);
                case "receive" -> receive(channel, messages);
                case "claim" -> claimAndHang(channel);
                case "publish-nothing" -> publishNothingAndHang(channel);
                case "subscribe" -> subscribeAndHang(channel);
                default -> throw new IllegalArgumentException("role=" + arguments[1]);
            }
        }
    }

    static int lengthOf(long number, int max) {
        return Long.BYTES + (int) Math.floorMod((number * 0x9E3779B97F4A7C15L) >>> 32, (long) max - Long.BYTES + 1);
    }

    static void encode(long number, int length, MutableDirectBuffer buffer, int offset) {
        buffer.putLong(offset, number);
        for (int i = Long.BYTES; i < length; i++) {
            buffer.putByte(offset + i, (byte) (number + i));
        }
    }

    static void verify(long number, int length, int max, DirectBuffer buffer, int offset) {
        if (buffer.getLong(offset) != number || length != lengthOf(number, max)) {
            throw new IllegalStateException(
                    "expected=" + number + ", actual=" + buffer.getLong(offset) + ", length=" + length);
        }
        for (int i = Long.BYTES; i < length; i++) {
            if (buffer.getByte(offset + i) != (byte) (number + i)) {
                throw new IllegalStateException("torn: number=" + number + ", index=" + i);
            }
        }
    }

    private static void publish(Channel channel, long messages) throws InterruptedException {
        Random random = new Random();
        UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(channel.maxMessageLength()));
        try (Publication out = channel.publish()) {
            say("publishing");
            for (long number = 0; number < messages; number++) {
                int length = lengthOf(number, channel.maxMessageLength());
                if (random.nextBoolean()) {
                    int index = out.claim(length, PATIENCE);
                    encode(number, length, out.buffer(), index);
                    out.commit();
                } else {
                    encode(number, length, copy, 0);
                    out.offer(copy, 0, length, PATIENCE);
                }
            }
            say("published");
        }
    }

    private static void receive(Channel channel, long messages) throws InterruptedException {
        int max = channel.maxMessageLength();
        long[] next = {0};
        try (Subscription in = channel.subscribe()) {
            say("subscribed");
            int count = 1;
            while (count > 0 && next[0] < messages) {
                count = in.receive(
                        (buffer, offset, length, header) -> verify(next[0]++, length, max, buffer, offset),
                        64,
                        PATIENCE);
            }
            say("received " + next[0] + " " + count);
        }
    }

    private static void claimAndHang(Channel channel) throws InterruptedException {
        Publication out = channel.publish();
        encode(
                0,
                lengthOf(0, channel.maxMessageLength()),
                out.buffer(),
                out.claim(lengthOf(0, channel.maxMessageLength())));
        out.commit();
        out.claim(100);
        say("claimed");
        hang();
    }

    private static void publishNothingAndHang(Channel channel) throws InterruptedException {
        Publication out = channel.publish();
        say("publishing from " + out.position());
        hang();
    }

    private static void subscribeAndHang(Channel channel) throws InterruptedException {
        Subscription in = channel.subscribe();
        say("subscribed " + in.position());
        hang();
    }

    private static void hang() throws InterruptedException {
        TimeUnit.MINUTES.sleep(5);
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}
