package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scenarios of the suite {@code dist-lock}, as short as can be. */
class RemoteLocksTest {
    @TempDir
    Path directory;

    private Map<String, Double> measure(RemotePeer peer, RemoteScenario scenario) throws InterruptedException {
        Jdk jdk = Jdk.at(Path.of(System.getProperty("java.home")), List.of());
        return new RemoteLocks(peer, jdk, Timing.PROBE).measure(scenario.scenario(), directory);
    }

    @ParameterizedTest
    @EnumSource(
            value = RemoteScenario.class,
            names = {"WRITE_PAIR", "HAND_OFF", "WRITER_WAIT_4R"})
    void measure_ofSluice_reportsTheMetrics(RemoteScenario scenario) throws Exception {
        Map<String, Double> values = measure(RemotePeer.SLUICE, scenario);
        for (Metric metric : scenario.scenario().metrics()) {
            assertThat(values).containsKey(metric.name());
        }
    }

    @Test
    void commands_ofSluice_areTwoRequestsAPair() throws Exception {
        Map<String, Double> values = measure(RemotePeer.SLUICE, RemoteScenario.COMMANDS);
        assertThat(values.get(CommandCount.WRITE_REQUESTS.name())).isBetween(2.0, 2.02);
        assertThat(values.get(CommandCount.READ_REQUESTS.name())).isBetween(2.0, 2.02);
    }

    @Test
    void commands_ofAScriptCall_areOneRequest() throws Exception {
        Map<String, Double> values = measure(RemotePeer.EVALSHA, RemoteScenario.COMMANDS);
        assertThat(values.get(CommandCount.WRITE_COMMANDS.name())).isBetween(1.0, 1.02);
    }

    @Test
    void isFor_whatThePeerDoesNotKnow_isFalse() {
        assertThat(RemoteScenario.READ_PAIR.isFor(RemotePeer.REDISSON_FENCED)).isFalse();
        assertThat(RemoteScenario.WRITER_WAIT_4R.isFor(RemotePeer.EVALSHA)).isFalse();
        assertThat(RemoteScenario.COMMANDS.isFor(RemotePeer.CURATOR_RW)).isFalse();
    }
}
