package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.CorruptChannelException;
import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.StartPosition;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Hostile bytes over a channel's header, frames and positions while it is used: nothing crashes, nothing hangs, and the
 * only complaints are those that name the position and the values.
 */
class ChannelFuzzTest {
    private static final int CASES = Stress.choose(50_000, 1_000_000);
    private static final int CASES_PER_CHANNEL = 100;
    private static final int CAPACITY = 4096;
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final Duration INSTANT = Duration.ofNanos(1);
    private static final long[] HOSTILE = {
        0,
        1,
        8,
        15,
        16,
        -1,
        -16,
        CAPACITY,
        CAPACITY - 16,
        CAPACITY + 16,
        1L << 32,
        1L << 55,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MAX_VALUE - 15,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xFFFF_FFF0L
    };

    private final TemporaryDomain directory = new TemporaryDomain();
    private final long seed = Seed.next("ChannelFuzzTest");
    private final Random random = new Random(seed);
    private final UnsafeBuffer scratch = new UnsafeBuffer(new byte[CAPACITY]);
    private final byte[] bytes = new byte[CAPACITY];
    private int corruptions;
    private int received;
    private Domain domain;
    private String damage = "";

    private final MessageHandler handler = (buffer, offset, length, header) -> {
        assertThat(offset >= 0 && length >= 0 && offset + length <= CAPACITY).isTrue();
        buffer.getBytes(offset, bytes, 0, length);
        received++;
    };

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private Channel open(String name, boolean guarded) throws IOException {
        return guarded
                ? GuardedChannel.named(name).capacity(CAPACITY).open(domain)
                : Channel.named(name).capacity(CAPACITY).open(domain);
    }

    private Path file(String name) throws IOException {
        try (Stream<Path> all = Files.walk(directory.path())) {
            return all.filter(path -> path.getFileName().toString().equals(name + ".channel"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private UnsafeBuffer map(Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer mapping = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
            mapping.order(ByteOrder.nativeOrder());
            return new UnsafeBuffer(mapping);
        }
    }

    /** In a thread of its own, or a loop without an end would be waited for. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void use_hostileBytesInMemory_complainsOnlyOfThem(boolean guarded) throws Exception {
        for (int i = 0; i < CASES; i += CASES_PER_CHANNEL) {
            String name = "fuzzed";
            Channel channel = open(name, guarded);
            UnsafeBuffer memory = map(file(name));
            try (channel) {
                fuzz(channel, memory, i);
            } catch (CorruptChannelException leaving) {
                corruptions++;
            } finally {
                IoUtil.unmap(memory.byteBuffer());
            }
            Files.delete(file(name));
        }
        assertThat(corruptions).as("seed=%d: complaints", seed).isGreaterThan(CASES / 100);
        assertThat(received).as("seed=%d: messages", seed).isGreaterThan(CASES / 100);
    }

    private void fuzz(Channel channel, UnsafeBuffer memory, int first) throws InterruptedException {
        int header = memory.capacity() - CAPACITY;
        Publication out = channel.publish();
        Subscription in = channel.subscribe();
        for (int i = 0; i < CASES_PER_CHANNEL; i++) {
            attempt(() -> use(channel, out, in));
            attempt(() -> send(out)); // a frame that was not read, to damage
            int at = place(header, in.position());
            long old = memory.getLong(at);
            long hostile = value(old);
            damage = "seed=" + seed + ", case=" + (first + i) + ", at=" + at + ", old=" + old + ", value=" + hostile;
            memory.putLong(at, hostile);
            long start = System.nanoTime();
            attempt(() -> use(channel, out, in));
            attempt(() -> look(channel, out));
            attempt(() -> join(channel));
            assertThat(System.nanoTime() - start).as(damage).isLessThan(SLOW_NANOS);
            if (memory.getLong(at) == hostile) {
                memory.putLong(at, old);
            }
        }
        out.close();
        in.close();
    }

    /** In the header behind what was checked at the opening, at the frame that is next, or anywhere. */
    private int place(int header, long position) {
        int frame = header + (int) (position & (CAPACITY - 1));
        return switch (random.nextInt(4)) {
            case 0 -> 128 + random.nextInt(header - 128) / 8 * 8;
            case 1 -> 128 + random.nextInt(24) * 64; // where the words are
            case 2 -> frame + random.nextInt(2) * 8;
            default -> header + random.nextInt(CAPACITY / 8) * 8;
        };
    }

    private long value(long old) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> HOSTILE[random.nextInt(HOSTILE.length)];
            case 2 -> old + HOSTILE[random.nextInt(HOSTILE.length)];
            default -> old ^ 1L << random.nextInt(64);
        };
    }

    private interface Attempt {
        void run() throws InterruptedException;
    }

    private void attempt(Attempt attempt) throws InterruptedException {
        try {
            attempt.run();
        } catch (CorruptChannelException e) {
            corruptions++;
            assertThat(e)
                    .as(damage)
                    .hasMessageMatching(".*: path=.*, .*=-?\\d+.*")
                    .hasMessageContaining("position=");
        } catch (IllegalStateException e) {
            assertThat(e).as(damage).hasMessageContaining("no free entry"); // the tables are full of what looks alive
        } catch (RuntimeException | Error e) {
            throw new AssertionError(damage, e);
        }
    }

    private void use(Channel channel, Publication out, Subscription in) throws InterruptedException {
        boolean claims = random.nextBoolean();
        int length = random.nextInt(random.nextInt(8) == 0 ? channel.maxMessageLength() : 100);
        int index = random.nextInt(16) == 0 ? out.claim(length, INSTANT) : claims ? out.claim(length) : -1;
        if (index > 0) {
            out.buffer().putBytes(index, scratch, 0, length);
            if (random.nextInt(8) == 0) {
                out.abort();
            } else {
                out.commit();
            }
        }
        in.poll(handler, 1 + random.nextInt(4));
        if (random.nextInt(64) == 0) {
            in.receive(handler, 4, INSTANT);
        }
    }

    private void send(Publication out) {
        if (out.claim(random.nextInt(200)) > 0) {
            out.commit();
        }
    }

    private void look(Channel channel, Publication out) {
        if (random.nextInt(16) == 0) {
            assertThat(channel.describe()).isNotEmpty();
            out.backlog();
            out.subscribers();
        }
    }

    private void join(Channel channel) {
        if (random.nextInt(16) == 0) {
            StartPosition start = random.nextBoolean() ? StartPosition.EARLIEST : StartPosition.LATEST;
            try (Subscription in = channel.subscribe(start)) {
                in.poll(handler, 2);
            }
        }
    }

    @Test
    void open_hostileHeader_isRefusedOrHarmless() throws Exception {
        open("headed", true).close();
        Path file = file("headed");
        byte[] good = Files.readAllBytes(file);
        int refused = 0;
        for (int i = 0; i < 1_000; i++) {
            byte[] bad = good.clone();
            int at = random.nextInt(256);
            ByteBuffer.wrap(bad).order(ByteOrder.nativeOrder()).putLong(at, value(0));
            Files.write(file, bad);
            try (Channel channel = open("headed", true)) {
                attempt(() -> channel.subscribe().poll(handler, 1));
            } catch (IncompatibleFileException e) {
                refused++;
                assertThat(e).hasMessageContaining("path=");
            }
        }
        assertThat(refused).isGreaterThan(100);
    }

    @Test
    void open_truncatedFile_isRefused() throws Exception {
        open("short", false).close();
        Path file = file("short");
        byte[] good = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, 64, 100, 4096, good.length - 1, good.length - 4096}) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            assertThatThrownBy(() -> open("short", false)).isInstanceOf(IncompatibleFileException.class);
        }
    }
}
