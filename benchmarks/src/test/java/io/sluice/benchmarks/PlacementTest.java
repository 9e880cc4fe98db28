package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void of_alikeBeforeAndAfter_isThat() {
        assertThat(Placement.of(List.of(80.0, 150.0))).isEqualTo(Placement.NEAR);
        assertThat(Placement.of(List.of(550.0, 250.0))).isEqualTo(Placement.FAR);
    }

    @Test
    void of_changed_isUnclear() {
        assertThat(Placement.of(List.of(80.0, 400.0))).isEqualTo(Placement.UNCLEAR);
    }

    @Test
    void of_noCoreToBeHad_isUnclear() {
        assertThat(Placement.of(List.of(8_000_000.0, 8_000_000.0))).isEqualTo(Placement.UNCLEAR);
    }
}
