package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GuardedPairTest {
    static Stream<GuardedPair> pairs() {
        return Stream.of(new HeapPair(), new MappedPair(new UnsafeBuffer(new byte[128])));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void read_afterWrites_givesTheirNumber(GuardedPair pair) {
        pair.increment();
        pair.increment();

        assertThat(pair.read()).isEqualTo(2);
        assertThatCode(() -> pair.checkWrites(2)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void read_amidAWrite_fails(GuardedPair pair) {
        pair.set(4, 3);

        assertThatThrownBy(pair::read)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a reader saw half of a write, the lock does not exclude: first=4 second=3");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void checkWrites_oneLost_fails(GuardedPair pair) {
        pair.increment();

        assertThatThrownBy(() -> pair.checkWrites(2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("writes were lost, the lock does not exclude: writes=2 first=1 second=1");
    }
}
