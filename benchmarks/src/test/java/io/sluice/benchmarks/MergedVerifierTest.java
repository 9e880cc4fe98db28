package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class MergedVerifierTest {
    private static final int LENGTH = 32;

    private final UnsafeBuffer message = new UnsafeBuffer(new byte[LENGTH]);

    @Test
    void onMessage_eachProducerInOrder_countsAll() {
        MergedVerifier verifier = new MergedVerifier(LENGTH, 2, false);
        send(verifier, 0, 0);
        send(verifier, 1, 0);
        send(verifier, 1, 1);
        send(verifier, 0, 1);

        assertThat(verifier.received()).isEqualTo(4);
        assertThat(verifier.lost()).isZero();
    }

    @Test
    void onMessage_oneIsMissing_fails() {
        MergedVerifier verifier = new MergedVerifier(LENGTH, 2, false);
        send(verifier, 1, 0);

        assertThatThrownBy(() -> send(verifier, 1, 2)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onMessage_someAreMissingAndMayBe_countsThem() {
        MergedVerifier verifier = new MergedVerifier(LENGTH, 1, true);
        send(verifier, 0, 0);
        send(verifier, 0, 3);

        assertThat(verifier.received()).isEqualTo(2);
        assertThat(verifier.lost()).isEqualTo(2);
    }

    @Test
    void onMessage_oneIsRepeatedAndSomeMayBeMissing_fails() {
        MergedVerifier verifier = new MergedVerifier(LENGTH, 1, true);
        send(verifier, 0, 5);

        assertThatThrownBy(() -> send(verifier, 0, 5)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onMessage_ofNobody_fails() {
        MergedVerifier verifier = new MergedVerifier(LENGTH, 2, false);

        assertThatThrownBy(() -> send(verifier, 2, 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a message is of nobody: producers=2 producer=2");
    }

    private void send(MergedVerifier verifier, long producer, long sequence) {
        Payload.encode(message, 0, LENGTH, sequence, producer);
        verifier.onMessage(message, 0, LENGTH);
    }
}
