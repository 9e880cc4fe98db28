package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private static final Scenario FAST = new Scenario("fast", Metric.RATE);
    private static final Scenario SLOW = new Scenario("slow", Metric.P50);

    @Test
    void parse_everything_isKept() {
        Options options = Options.parse("--quick", "channel", "--out", "results", "--no-pin");

        assertThat(options.suite()).contains("channel");
        assertThat(options.quick()).isTrue();
        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.pinned()).isFalse();
        assertThat(options.out()).contains(Path.of("results"));
    }

    @Test
    void parse_unknownOption_isRefused() {
        assertThatThrownBy(() -> Options.parse("channel", "--fast"))
                .isInstanceOf(UsageException.class)
                .hasMessage("not understood: argument=--fast");
    }

    @Test
    void parse_missingValue_isRefused() {
        assertThatThrownBy(() -> Options.parse("channel", "--out"))
                .isInstanceOf(UsageException.class)
                .hasMessage("a value is missing: option=--out");
    }

    @Test
    void selectScenarios_noneAsked_givesAll() {
        assertThat(Options.parse().selectScenarios(List.of(FAST, SLOW))).containsExactly(FAST, SLOW);
    }

    @Test
    void selectScenarios_someAsked_givesThese() {
        assertThat(Options.parse("--scenario", "slow").selectScenarios(List.of(FAST, SLOW)))
                .containsExactly(SLOW);
    }

    @Test
    void selectScenarios_unknownAsked_namesTheKnown() {
        Options options = Options.parse("--scenario", "slow,none");

        assertThatThrownBy(() -> options.selectScenarios(List.of(FAST, SLOW)))
                .isInstanceOf(UsageException.class)
                .hasMessage("no such scenario: asked=[none] known=[fast, slow]");
    }

    @Test
    void jdk_notAHome_isRefused() {
        Options options = Options.parse("--jdk", "/nowhere");

        assertThatThrownBy(options::jdk)
                .isInstanceOf(UsageException.class)
                .hasMessage("not the home of a JDK: jdk=/nowhere");
    }
}
