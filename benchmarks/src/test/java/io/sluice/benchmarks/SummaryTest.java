package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    @Test
    void of_evenCount_medianIsBetweenTheMiddleTwo() {
        assertThat(Summary.of(List.of(4.0, 1.0, 2.0, 8.0))).isEqualTo(new Summary(1, 3, 8));
    }

    @Test
    void format_keepsTheDigitsThatCount() {
        assertThat(List.of(12345678.9, 12.345, 0.01234))
                .extracting(Summary::format)
                .containsExactly("12345679", "12.35", "0.0123");
    }
}
