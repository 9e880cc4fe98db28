package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * Messages of every size from one byte to the maximum, by two producers to two subscribers: each subscriber gets each
 * producer's messages exactly and in order, and both see one order of all.
 */
class GuardedChannelOrderTest {
    private static final int MESSAGES = Stress.choose(1_000_000, 20_000_000);
    private static final int PRODUCERS = 2;
    private static final int CAPACITY = 1 << 14;
    private static final int ALIGNMENT = 16;
    private static final int MOST = CAPACITY / 2 - Publication.stride(0);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final long seed = Seed.next("GuardedChannelOrderTest");

    @Test
    void messages_ofAllSizesByTwoProducers_haveOneOrderForAll() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel =
                        GuardedChannel.named("orders").capacity(CAPACITY).open(domain);
                Subscription first = channel.subscribe();
                Subscription second = channel.subscribe()) {
            List<Future<?>> producers = new ArrayList<>();
            List<Publication> publications = new ArrayList<>();
            for (int producer = 0; producer < PRODUCERS; producer++) {
                Publication out = channel.publish(); // before anybody can leave: one that leaves ends the stream
                publications.add(out);
                int number = producer;
                producers.add(threads.submit(() -> produce(out, number)));
            }
            Future<Receiver> one = threads.submit(receiving(first));
            Future<Receiver> other = threads.submit(receiving(second));
            for (Future<?> producer : producers) {
                producer.get(5, TimeUnit.MINUTES);
            }
            publications.forEach(Publication::close);
            Receiver received = one.get(1, TimeUnit.MINUTES);
            assertThat(received.next).containsOnly(MESSAGES / PRODUCERS);
            assertThat(other.get(1, TimeUnit.MINUTES).next).containsOnly(MESSAGES / PRODUCERS);
            assertThat(other.get().order).as("seed=%d: order of all", seed).isEqualTo(received.order);
            assertThat(received.places.cardinality())
                    .as("seed=%d: places at which messages began", seed)
                    .isGreaterThan(CAPACITY / ALIGNMENT - 8); // in the last place there is no room for a byte
            assertThat(received.paddings.cardinality())
                    .as("seed=%d: distances from the ring's end at which messages did not fit", seed)
                    .isGreaterThan(CAPACITY / ALIGNMENT / 4);
        } finally {
            threads.shutdownNow();
        }
    }

    private Void produce(Publication out, int producer) throws InterruptedException {
        Random random = new Random(seed + producer);
        UnsafeBuffer scratch = new UnsafeBuffer(new byte[CAPACITY]);
        for (int number = 0; number < MESSAGES / PRODUCERS; number++) {
            int length = length(producer, number);
            if (random.nextInt(4) == 0) {
                encode(producer, number, length, scratch, 0);
                assertThat(out.offer(scratch, 0, length, PATIENCE)).isPositive();
            } else {
                int index = out.claim(length, PATIENCE);
                assertThat(index).isPositive();
                encode(producer, number, length, out.buffer(), index);
                out.commit();
            }
        }
        return null;
    }

    private Callable<Receiver> receiving(Subscription in) {
        return () -> {
            Receiver receiver = new Receiver();
            int count = 0;
            while (count >= 0) {
                count = in.receive(
                        (buffer, offset, length, header) -> receiver.accept(buffer, offset, length, header.position()),
                        64,
                        PATIENCE);
                assertThat(count).as("seed=%d: something comes in time", seed).isNotZero();
            }
            assertThat(count).isEqualTo(Subscription.END_OF_STREAM);
            return receiver;
        };
    }

    /** Small ones are common, the longest come now and then. */
    private int length(int producer, int number) {
        long mixed = mix(producer, number);
        int most = mixed % 64 == 0 ? MOST : Math.max(1, MOST >> (3 + (int) (mixed >>> 60)));
        return 1 + (int) (mixed >>> 20 & 0xFFFFFF) % most;
    }

    private long mix(int producer, int number) {
        long mixed = (seed + number * 2L + producer) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
        return (mixed ^ mixed >>> 32) & Long.MAX_VALUE;
    }

    /** The first byte tells the producer and a part of the number, the others follow from both. */
    private void encode(int producer, int number, int length, MutableDirectBuffer buffer, int index) {
        long word = mix(producer, number);
        int i = 1;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            buffer.putLong(index + i, word + i);
        }
        for (; i < length; i++) {
            buffer.putByte(index + i, (byte) (word + i));
        }
        buffer.putByte(index, (byte) (producer << 7 | (number & 0x7F)));
    }

    private final class Receiver {
        private final int[] next = new int[PRODUCERS];
        private final BitSet places = new BitSet();
        private final BitSet paddings = new BitSet();
        private long order;
        private long end;

        void accept(DirectBuffer buffer, int offset, int length, long position) {
            int first = buffer.getByte(offset) & 0xFF;
            int producer = first >>> 7;
            int number = next[producer]++;
            long word = mix(producer, number);
            long difference = ((first ^ number) & 0x7F) | (length ^ length(producer, number));
            int i = 1;
            for (; i + Long.BYTES <= length; i += Long.BYTES) {
                difference |= buffer.getLong(offset + i) ^ word + i;
            }
            for (; i < length; i++) {
                difference |= (byte) (buffer.getByte(offset + i) ^ (byte) (word + i));
            }
            if (difference != 0 || position < end) {
                throw new AssertionError("not the next message: seed=" + seed + ", producer=" + producer + ", number="
                        + number + ", length=" + length + ", position=" + position);
            }
            order = order * 31 + producer + 1;
            places.set((int) (position % CAPACITY) / ALIGNMENT);
            if (position != end) {
                paddings.set((int) (position - end) / ALIGNMENT);
            }
            end = position + Publication.stride(length);
        }
    }
}
