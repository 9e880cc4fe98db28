package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
    private static final int OFFSET = 16;

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 256, 4096})
    void check_whatWasEncoded_returnsStamp(int length) {
        assertThat(Payload.check(encoded(length), OFFSET, length, 7)).isEqualTo(11);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 256, 4096})
    void check_anotherSequence_fails(int length) {
        UnsafeBuffer buffer = encoded(length);

        assertThatThrownBy(() -> Payload.check(buffer, OFFSET, length, 8))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a message is not the one that was sent: expectedSequence=8 sequence=7 length=" + length
                        + " offset=16");
    }

    @Test
    void check_anyWordOfAShortMessageDamaged_fails() {
        for (int word = 0; word < 64; word += 8) {
            UnsafeBuffer buffer = encoded(64);
            buffer.putLong(OFFSET + word, -1);

            assertThatThrownBy(() -> Payload.check(buffer, OFFSET, 64, 7)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void check_anyLineOfALongMessageStale_fails() {
        for (int line = 0; line < 4096; line += 64) {
            UnsafeBuffer buffer = encoded(4096);
            buffer.putLong(OFFSET + line, buffer.getLong(OFFSET + line) - 1);

            assertThatThrownBy(() -> Payload.check(buffer, OFFSET, 4096, 7)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static UnsafeBuffer encoded(int length) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[OFFSET + length]);
        Payload.encode(buffer, OFFSET, length, 7, 11);
        return buffer;
    }
}
