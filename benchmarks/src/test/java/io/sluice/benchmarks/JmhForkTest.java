package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("process")
class JmhForkTest {
    @TempDir
    private Path directory;

    @Test
    void measure_pairsOfTwoThreads_reportsCostAndAllocation() throws InterruptedException {
        assertThat(contender(LockPeer.SLUICE_HANDLE).measure(LockScenario.MIXED_2T.scenario(), directory))
                .containsOnlyKeys("pair", "allocated")
                .hasEntrySatisfying("pair", cost -> assertThat(cost).isPositive());
    }

    @Test
    void measure_firstWrite_reportsPercentiles() throws InterruptedException {
        assertThat(contender(LockPeer.SLUICE).measure(LockScenario.FIRST_WRITE.scenario(), directory))
                .containsOnlyKeys("p50", "p99")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @Test
    void measure_noLock_fails() {
        Contender none = contender(LockPeer.NONE);

        assertThatThrownBy(() -> none.measure(LockScenario.MIXED_2T.scenario(), directory))
                .isInstanceOf(TrialException.class)
                .hasMessageContaining("the lock does not exclude");
    }

    private static Contender contender(LockPeer peer) {
        return new JmhFork(peer, Options.parse().jdk(), Timing.PROBE, false);
    }
}
