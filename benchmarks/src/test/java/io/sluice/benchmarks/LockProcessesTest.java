package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("process")
class LockProcessesTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "SLUICE_HANDLE", "FILE_LOCK"})
    void measure_pairsOfTwoProcesses_reportsCost(LockPeer peer) throws InterruptedException {
        assertThat(measure(peer, LockProcessScenario.WRITE_2P))
                .containsOnlyKeys("pair")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @Test
    void measure_noLock_fails() {
        assertThatThrownBy(() -> measure(LockPeer.NONE, LockProcessScenario.WRITE_2P))
                .isInstanceOf(TrialException.class);
    }

    @Test
    void measure_writerAmongReaders_reportsItsWaits() throws InterruptedException {
        assertThat(measure(LockPeer.SLUICE, LockProcessScenario.WRITER_WAIT_2R))
                .containsOnlyKeys("p50", "p99", "max", "starved")
                .hasEntrySatisfying("starved", percent -> assertThat(percent).isZero())
                .hasEntrySatisfying("p50", micros -> assertThat(micros).isPositive());
    }

    @Tag("kill")
    @ParameterizedTest
    @EnumSource(names = {"RECOVERY_READ", "RECOVERY_WRITE"})
    void measure_holderKilled_reportsTheWaitFromThere(LockProcessScenario scenario) throws InterruptedException {
        assertThat(measure(LockPeer.SLUICE, scenario))
                .containsOnlyKeys("p50", "p99", "max", "resident")
                .hasEntrySatisfying(
                        "p50", micros -> assertThat(micros).isPositive().isFinite())
                .hasEntrySatisfying(
                        "resident", megabytes -> assertThat(megabytes).isGreaterThan(16));
    }

    @Tag("kill")
    @Test
    void measure_waiterDoesNotWait_fails() {
        assertThatThrownBy(() -> measure(LockPeer.NONE, LockProcessScenario.RECOVERY_WRITE))
                .isInstanceOf(TrialException.class)
                .hasMessage("the lock was had beside its holder: victim=1");
    }

    private Map<String, Double> measure(LockPeer peer, LockProcessScenario scenario) throws InterruptedException {
        return new LockProcesses(peer, Options.parse().jdk(), Timing.PROBE, false)
                .measure(scenario.scenario(), directory);
    }
}
