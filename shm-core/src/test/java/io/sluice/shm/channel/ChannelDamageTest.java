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
import org.junit.jupiter.api.Timeout;
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

    private Channel openGuarded() throws IOException {
        return Channel.named("damaged").capacity(4096).guard(new OpenGuard()).open(domain);
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

    /** In 48 bytes there is room for the message, but not for the line that its frame takes. */
    @Test
    void poll_frameWhoseLineWouldCrossTheRingsEnd_saysSo() throws IOException {
        try (Channel channel = Channel.named("damaged").capacity(4096).open(domain);
                Publication out = channel.publish();
                Subscription in = channel.subscribe()) {
            for (int length = 112; out.position() < 4096 - 48; length = out.position() < 3968 ? 112 : 64) {
                send(out, length);
                in.poll(IGNORE, 1);
            }
            assertThat(out.position()).isEqualTo(4096 - 48);
            send(out, 8);
            write(ChannelLayout.LAYOUT.size() + 4096 - 48 + Frame.LENGTH, (1L << Integer.SIZE) | 17);
            assertThatThrownBy(() -> in.poll(IGNORE, 1))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageEndingWith("position=4048, offset=4048, length=17, type=1");
        }
    }

    /** It would move the position back, by which the closer knows whether an operation is under way. */
    @Test
    void claim_whereTheTailHasFallen_saysSo() throws IOException {
        try (Channel channel = openGuarded();
                Publication out = channel.publish()) {
            send(out, 8);
            send(out, 8);
            write(ChannelLayout.TAIL, 32);
            assertThatThrownBy(() -> out.claim(8))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageEndingWith("tail=32, position=64");
        }
    }

    /** Bit 63, no such bias in entry 0; a bias of entry 0 that ends before it began. */
    @ParameterizedTest
    @CsvSource({"-9223372036854775808, -4611686018427387905, 0", "-9223372036854775807, -9223372036854775807, 0"})
    void claim_whereTheTailsBiasIsDamaged_saysSo(long tail, long bias, long end) throws IOException {
        try (Channel channel = openGuarded();
                Publication out = channel.publish()) {
            send(out, 8);
            write(ChannelLayout.BIAS, bias);
            write(ChannelLayout.BIAS_END, end);
            write(ChannelLayout.TAIL, tail);
            assertThatThrownBy(() -> out.claim(8))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageContaining("bias of the tail is damaged")
                    .hasMessageContaining("bias=" + tail);
            write(ChannelLayout.TAIL, 32);
        }
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void claim_whereTheLimitAndTheEndOfTheBiasAreDamaged_saysSo() throws IOException {
        long far = 1L << 20;
        try (Channel channel = openGuarded();
                Publication out = channel.publish()) {
            while (send(out, 8)) {}
            assertThat(channel.describe()).contains("keeps the tail");
            write(ChannelLayout.BIAS_END, far);
            write(ChannelLayout.LIMIT, far);
            assertThatThrownBy(() -> out.claim(8))
                    .isInstanceOf(CorruptChannelException.class)
                    .hasMessageEndingWith("limit=" + far + ", position=4096");
            write(ChannelLayout.BIAS_END, 4096);
            write(ChannelLayout.LIMIT, 4096);
            assertThat(out.claim(8)).isEqualTo(Publication.BACK_PRESSURED);
        }
    }

    @Test
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void claim_whereNoBiasCanStart_goesOnWithoutOne() throws IOException {
        long far = 1L << 60;
        try (Channel channel = openGuarded();
                Publication out = channel.publish()) {
            write(ChannelLayout.LIMIT, far + 4096);
            write(ChannelLayout.TAIL, far);
            for (int i = 0; i < 100; i++) {
                assertThat(send(out, 8)).isTrue();
            }
            assertThat(channel.describe()).contains("tail=" + (far + 100 * 32)).doesNotContain("keeps the tail");
        }
    }
}
