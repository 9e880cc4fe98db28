package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.io.RandomAccessFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One damaged value at a time, each where it must be noticed; ChannelFuzzTest has all places. On a little-endian machine. */
class ChannelDamageTest {
    private static final MessageHandler IGNORE = (buffer, offset, length, header) -> {};

    private final TemporaryDomain directory = new TemporaryDomain();
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private void write(int offset, long value) throws IOException {
        try (RandomAccessFile memory =
                new RandomAccessFile(directory.path().resolve("damaged.channel").toFile(), "rw")) {
            memory.seek(offset);
            memory.writeLong(Long.reverseBytes(value));
        }
    }

    private static boolean send(Publication out, int length) {
        boolean claimed = out.claim(length) > 0;
        if (claimed) {
            out.commit();
        }
        return claimed;
    }

    @ParameterizedTest
    @ValueSource(longs = {-16, 8, 1 << 20, Long.MAX_VALUE, Long.MIN_VALUE})
    void claim_whenASubscribersPositionIsDamaged_saysSo(long hostile) throws IOException {
        try (Channel channel = Channel.named("damaged").capacity(4096).open(domain);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            while (send(out, 100)) {}
            write(ChannelLayout.subscriber(0, ChannelLayout.POSITION), hostile);
            assertThatThrownBy(() -> out.claim(100))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageContaining("subscriberPosition=" + hostile);
            assertThat(in.position()).isZero();
        } catch (CorruptChannelException leaving) {
            assertThat(leaving).hasMessageContaining("path=");
        }
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "2033, 1", "2147483647, 1", "32, 0", "32, 5", "32, -1", "4096, 2", "-16, 2", "4081, 2"})
    void poll_frameOfADamagedLengthOrType_saysSo(int length, int type) throws IOException {
        try (Channel channel = Channel.named("damaged").capacity(4096).open(domain);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            send(out, 8);
            write(ChannelLayout.LAYOUT.size() + Frame.LENGTH, ((long) type << Integer.SIZE) | (length & 0xFFFF_FFFFL));
            assertThatThrownBy(() -> in.poll(IGNORE, 1))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageEndingWith("position=0, offset=0, length=" + length + ", type=" + type);
        }
    }

    @Test
    void poll_frameThatWouldCrossTheRingsEnd_saysSo() throws IOException {
        try (Channel channel = Channel.named("damaged").capacity(4096).open(domain);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            for (int i = 0; i < 31; i++) {
                send(out, 112);
                in.poll(IGNORE, 1);
            }
            send(out, 8);
            write(ChannelLayout.LAYOUT.size() + 31 * 128 + Frame.LENGTH, (1L << Integer.SIZE) | 113); // 112 would fit
            assertThatThrownBy(() -> in.poll(IGNORE, 1))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageContaining("length=113");
        }
    }
}
