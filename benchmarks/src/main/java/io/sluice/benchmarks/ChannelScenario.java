package io.sluice.benchmarks;

import java.util.Arrays;
import java.util.function.Function;

/** The scenarios of the suite {@code channel}. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum ChannelScenario {
    ONEWAY_32(new Scenario("oneway-32", Metric.RATE), Shape.PAIR, timing -> new OneWay(32, timing)),
    ONEWAY_256(new Scenario("oneway-256", Metric.RATE), Shape.PAIR, timing -> new OneWay(256, timing)),
    ONEWAY_4096(new Scenario("oneway-4096", Metric.RATE), Shape.PAIR, timing -> new OneWay(4096, timing)),
    MP2_32(new Scenario("mp2-32", Metric.RATE), Shape.MERGE, timing -> new Crowd(32, Shape.MERGE, timing)),
    BCAST2_32(
            new Scenario("bcast2-32", Metric.RATE, Metric.LOST),
            Shape.BROADCAST,
            timing -> new Crowd(32, Shape.BROADCAST, timing)),
    GUARD_COST(new Scenario("guard-cost", Metric.MESSAGE), Shape.SOLO, timing -> OneWay.cost(32, 1, timing)),
    GUARD_COST_BATCH(
            new Scenario("guard-cost-batch", Metric.MESSAGE), Shape.SOLO, timing -> OneWay.cost(32, 16, timing)),
    PINGPONG_32(new Scenario("pingpong-32", Metric.P50, Metric.P99), Shape.PAIR, timing -> new PingPong(false, timing)),
    PINGPONG_BLOCKING_32(
            new Scenario("pingpong-blocking-32", Metric.P50, Metric.P99),
            Shape.PAIR,
            timing -> new PingPong(true, timing)),
    WAKE_IDLE(new Scenario("wake-idle", Metric.P50, Metric.P99), Shape.PAIR, WakeIdle::new),
    IDLE_CPU(new Scenario("idle-cpu", Metric.CPU), Shape.PAIR, IdleCpu::new);

    private final Scenario scenario;
    private final Shape shape;
    private final Function<Timing, Exchange> exchange;

    ChannelScenario(Scenario scenario, Shape shape, Function<Timing, Exchange> exchange) {
        this.scenario = scenario;
        this.shape = shape;
        this.exchange = exchange;
    }

    Scenario scenario() {
        return scenario;
    }

    Shape shape() {
        return shape;
    }

    Exchange exchange(Timing timing) {
        return exchange.apply(timing);
    }

    static ChannelScenario named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.scenario.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such scenario: name=" + name));
    }
}
