package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

@Tag("process")
class JvmProcessesTest {
    private final Jdk jdk = Options.parse().jdk();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "AGRONA_SPSC", "CACHE_LINE"})
    void measure_pingPong_reportsPercentiles(JavaPeer peer) throws InterruptedException {
        assertThat(measure(peer, ChannelScenario.PINGPONG_32))
                .containsOnlyKeys("p50", "p99", "probe.0", "probe.1")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "AGRONA_SPSC"})
    void measure_oneWay_reportsRate(JavaPeer peer) throws InterruptedException {
        assertThat(measure(peer, ChannelScenario.ONEWAY_256))
                .containsOnlyKeys("rate", "probe.0", "probe.1")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "AGRONA_MPSC"})
    void measure_twoProducers_reportsRate(JavaPeer peer) throws InterruptedException {
        assertThat(measure(peer, ChannelScenario.MP2_32))
                .containsOnlyKeys("rate")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "AGRONA_BROADCAST"})
    void measure_twoConsumers_reportsRateAndLosses(JavaPeer peer) throws InterruptedException {
        Map<String, Double> values = measure(peer, ChannelScenario.BCAST2_32);

        assertThat(values).containsOnlyKeys("rate", "lost");
        assertThat(values.get("rate")).isPositive();
        assertThat(values.get("lost")).isBetween(0.0, peer == JavaPeer.SLUICE ? 0.0 : 100.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "SLUICE_EXCLUSIVE"})
    void measure_costOfAMessage_reportsNanoseconds(JavaPeer peer) throws InterruptedException {
        assertThat(measure(peer, ChannelScenario.GUARD_COST_BATCH))
                .containsOnlyKeys("message", "probe.0", "probe.1")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    /** Run where the peers were compiled: {@code -Ppeers}. */
    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ANY, names = "AERON.*")
    void measure_aeron_reportsRate(JavaPeer peer) throws InterruptedException {
        assumeThat(peer.available()).isTrue();

        assertThat(measure(peer, ChannelScenario.MP2_32))
                .containsOnlyKeys("rate")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @Test
    void worst_ofTwoConsumers_isTheOneThatDidWorse() {
        Map<String, Double> reported = Map.of("rate", 3.0, "rate.1", 2.0, "lost", 1.0, "lost.1", 4.0, "probe.0", 90.0);

        assertThat(JvmProcesses.worst(ChannelScenario.BCAST2_32.scenario(), reported, 2))
                .isEqualTo(Map.of("rate", 2.0, "lost", 4.0, "probe.0", 90.0));
    }

    private Map<String, Double> measure(JavaPeer peer, ChannelScenario scenario) throws InterruptedException {
        return new JvmProcesses(peer, jdk, Timing.PROBE, false).measure(scenario.scenario(), directory);
    }
}
