package io.sluice.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class WordsTest {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
    private final Words words = new Words(buffer);

    @Test
    void long_everyMode_readsWhatWasWritten() {
        words.longPlain(8, 1);
        assertThat(words.longPlain(8)).isEqualTo(1);
        words.longRelease(8, 2);
        assertThat(words.longAcquire(8)).isEqualTo(2);
        words.longVolatile(8, 3);
        assertThat(words.longVolatile(8)).isEqualTo(3);
        assertThat(words.longOpaque(8)).isEqualTo(3);
        assertThat(words.longCas(8, 4, 5)).isFalse();
        assertThat(words.longCas(8, 3, 5)).isTrue();
        assertThat(buffer.getLong(8)).isEqualTo(5);
        assertThat(buffer.getLong(0)).isZero();
        assertThat(buffer.getLong(16)).isZero();
    }

    @Test
    void int_everyMode_readsWhatWasWritten() {
        words.intPlain(4, 1);
        assertThat(words.intPlain(4)).isEqualTo(1);
        words.intRelease(4, 2);
        assertThat(words.intAcquire(4)).isEqualTo(2);
        words.intVolatile(4, 3);
        assertThat(words.intVolatile(4)).isEqualTo(3);
        assertThat(words.intOpaque(4)).isEqualTo(3);
        assertThat(words.intCas(4, 4, 5)).isFalse();
        assertThat(words.intCas(4, 3, 5)).isTrue();
        assertThat(words.intExchange(4, 6)).isEqualTo(5);
        assertThat(words.intAdd(4, -10)).isEqualTo(6);
        assertThat(buffer.getInt(4)).isEqualTo(-4);
        assertThat(buffer.getInt(0)).isZero();
        assertThat(buffer.getInt(8)).isZero();
    }

    @Test
    void bytes_copiedInAndOut_areTheSame() {
        words.putBytesPlain(3, new byte[] {1, 2, 3});
        byte[] target = new byte[4];
        words.bytesPlain(2, target);

        assertThat(target).containsExactly(0, 1, 2, 3);
        assertThat(buffer.position()).isZero();
    }

    @Test
    void access_outsideTheBuffer_isRefused() {
        for (int offset : new int[] {-8, 64, Integer.MIN_VALUE, Integer.MAX_VALUE - 7}) {
            assertThatThrownBy(() -> words.longVolatile(offset)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> words.longRelease(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> words.intAdd(offset, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void access_acrossTheEnd_isRefused() {
        assertThatThrownBy(() -> words.longPlain(60)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.putBytesPlain(62, new byte[3])).isInstanceOf(RuntimeException.class);
    }

    @Test
    void access_notAligned_isRefused() {
        assertThatThrownBy(() -> words.longVolatile(4)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> words.intCas(2, 0, 1)).isInstanceOf(IllegalStateException.class);
    }
}
