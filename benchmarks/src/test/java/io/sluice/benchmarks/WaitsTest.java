package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitsTest {
    private final Waits waits = new Waits();

    @Test
    void byMetric_someWaits_givesOnesThatWere() {
        for (int i = 100; i > 0; i--) {
            waits.add(i * 1_000L);
        }

        assertThat(waits.byMetric()).containsEntry("p50", 50.0).containsEntry("p99", 99.0);
        assertThat(waits.byMetric()).containsEntry("max", 100.0);
        assertThat(waits.percentNever()).isZero();
    }

    @Test
    void byMetric_oneNeverEnded_isTheLongest() {
        waits.addNever();
        waits.add(2_000);

        assertThat(waits.byMetric()).containsEntry("p50", 2.0).containsEntry("max", Double.POSITIVE_INFINITY);
        assertThat(waits.percentNever()).isEqualTo(50);
    }
}
