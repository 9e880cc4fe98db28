package io.sluice.shm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

class MembarrierTest {
    @Test
    void register_again_givesTheSameAnswer() {
        assertThat(Membarrier.register()).isEqualTo(Membarrier.register());
    }

    @Test
    void register_withoutNatives_isFalse() {
        assumeTrue(!Natives.available());

        assertThat(Membarrier.register()).isFalse();
    }

    @Test
    void issue_registered_succeeds() {
        assumeTrue(Membarrier.register(), "membarrier is not allowed here");

        assertThatCode(Membarrier::issue).doesNotThrowAnyException();
    }
}
