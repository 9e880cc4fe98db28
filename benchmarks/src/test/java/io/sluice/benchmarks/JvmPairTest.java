package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JvmPairTest {
    private final Jdk jdk = Options.parse().jdk();

    @ParameterizedTest
    @EnumSource
    void measure_pingPong_reportsPercentiles(JavaPeer peer, @TempDir Path directory) throws InterruptedException {
        Contender contender = new JvmPair(peer, jdk, Timing.PROBE, false);

        assertThat(contender.measure(ChannelScenario.PINGPONG_32.scenario(), directory))
                .containsOnlyKeys("p50", "p99", "probe.0", "probe.1")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "AGRONA_SPSC"})
    void measure_oneWay_reportsRate(JavaPeer peer, @TempDir Path directory) throws InterruptedException {
        Contender contender = new JvmPair(peer, jdk, Timing.PROBE, false);

        assertThat(contender.measure(ChannelScenario.ONEWAY_256.scenario(), directory))
                .containsOnlyKeys("rate", "probe.0", "probe.1")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }
}
