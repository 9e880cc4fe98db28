package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Contender OURS = new NamedContender(Contender.SLUICE);
    private static final Contender PEER = new NamedContender("peer");
    private static final int CALM = 0;
    private static final int DISTURBED = 100;

    private final Scenario rate = new Scenario("rate", Metric.RATE);
    private final Scenario latency = new Scenario("latency", Metric.P50);

    @Test
    void results_onePlacement_summarisesAll() {
        Comparison comparison = new Comparison(rate, List.of(OURS));
        add(comparison, OURS, 0, Placement.NEAR, CALM, 3);
        add(comparison, OURS, 1, Placement.NEAR, CALM, 1);
        add(comparison, OURS, 2, Placement.NEAR, CALM, 8);

        assertThat(comparison.results()).containsExactly(new Result("rate", OURS, Metric.RATE, new Summary(1, 3, 8)));
    }

    @Test
    void counted_twoPlacements_takesTheOneWithMoreCommonRounds() {
        Comparison comparison = new Comparison(rate, List.of(OURS, PEER));
        add(comparison, OURS, 0, Placement.NEAR, CALM, 9);
        add(comparison, PEER, 0, Placement.FAR, CALM, 1);
        add(comparison, OURS, 1, Placement.NEAR, CALM, 9);
        add(comparison, PEER, 1, Placement.UNCLEAR, CALM, 1);
        add(comparison, OURS, 2, Placement.FAR, CALM, 4);
        add(comparison, PEER, 2, Placement.FAR, CALM, 2);

        assertThat(comparison.counted(OURS)).extracting(Repetition::round).containsExactly(2);
        assertThat(comparison.counted(PEER)).extracting(Repetition::round).containsExactly(0, 2);
        assertThat(comparison.goodRounds()).isOne();
    }

    @Test
    void counted_someDisturbed_leavesThemOut() {
        Comparison comparison = new Comparison(rate, List.of(OURS));
        add(comparison, OURS, 0, Placement.FAR, DISTURBED, 1);
        add(comparison, OURS, 1, Placement.FAR, CALM, 2);

        assertThat(comparison.counted(OURS)).extracting(Repetition::round).containsExactly(1);
    }

    @Test
    void counted_allDisturbed_takesThemRatherThanNothing() {
        Comparison comparison = new Comparison(rate, List.of(OURS));
        add(comparison, OURS, 0, Placement.FAR, DISTURBED, 1);

        assertThat(comparison.counted(OURS)).hasSize(1);
        assertThat(comparison.goodRounds()).isZero();
    }

    @Test
    void goodRounds_aContenderAlwaysFailed_countsTheOthers() {
        Comparison comparison = new Comparison(rate, List.of(OURS, PEER));
        add(comparison, OURS, 0, Placement.FAR, CALM, 1);

        assertThat(comparison.goodRounds()).isOne();
        assertThat(comparison.results()).extracting(Result::contender).containsExactly(OURS);
    }

    @Test
    void ratios_moreIsBetter_divideOursByTheirsOfTheSameRound() {
        Comparison comparison = new Comparison(rate, List.of(OURS, PEER));
        add(comparison, OURS, 0, Placement.FAR, CALM, 6);
        add(comparison, PEER, 0, Placement.FAR, CALM, 2);
        add(comparison, OURS, 1, Placement.FAR, CALM, 8);
        add(comparison, PEER, 1, Placement.FAR, CALM, 4);
        add(comparison, OURS, 2, Placement.FAR, CALM, 1);

        assertThat(comparison.ratios()).containsExactly(new Ratio("rate", "sluice", "peer", new Summary(2, 2.5, 3)));
    }

    @Test
    void ratios_lessIsBetter_divideTheirsByOurs() {
        Comparison comparison = new Comparison(latency, List.of(OURS, PEER));
        add(comparison, OURS, 0, Placement.NEAR, CALM, 100);
        add(comparison, PEER, 0, Placement.NEAR, CALM, 150);

        assertThat(comparison.ratios())
                .containsExactly(new Ratio("latency", "sluice", "peer", new Summary(1.5, 1.5, 1.5)));
    }

    @Test
    void ratios_severalOfOurs_compareEachWithTheOthersOnly() {
        Contender handle = new NamedContender(Contender.SLUICE_HANDLE);
        Comparison comparison = new Comparison(latency, List.of(OURS, handle, PEER));
        add(comparison, OURS, 0, Placement.ANY, CALM, 2);
        add(comparison, handle, 0, Placement.ANY, CALM, 1);
        add(comparison, PEER, 0, Placement.ANY, CALM, 4);

        assertThat(comparison.ratios())
                .containsExactly(
                        new Ratio("latency", "sluice", "peer", new Summary(2, 2, 2)),
                        new Ratio("latency", "sluice-handle", "peer", new Summary(4, 4, 4)));
    }

    @Test
    void ratios_bothNever_areAlike() {
        Comparison comparison = new Comparison(latency, List.of(OURS, PEER));
        add(comparison, OURS, 0, Placement.ANY, CALM, Double.POSITIVE_INFINITY);
        add(comparison, PEER, 0, Placement.ANY, CALM, Double.POSITIVE_INFINITY);

        assertThat(comparison.ratios()).containsExactly(new Ratio("latency", "sluice", "peer", new Summary(1, 1, 1)));
    }

    private static void add(
            Comparison comparison,
            Contender contender,
            int round,
            Placement placement,
            double foreignCpu,
            double value) {
        Map<String, Double> values = Map.of(Metric.RATE.name(), value, Metric.P50.name(), value);
        comparison.add(new Repetition(contender, round, placement, foreignCpu, values));
    }
}
