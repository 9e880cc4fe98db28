package io.sluice.benchmarks;

import java.util.Arrays;
import java.util.function.Function;

/** The scenarios of the suite {@code channel}. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum ChannelScenario {
    ONEWAY_32(new Scenario("oneway-32", Metric.RATE), timing -> new OneWay(32, timing)),
    ONEWAY_256(new Scenario("oneway-256", Metric.RATE), timing -> new OneWay(256, timing)),
    ONEWAY_4096(new Scenario("oneway-4096", Metric.RATE), timing -> new OneWay(4096, timing)),
    PINGPONG_32(new Scenario("pingpong-32", Metric.P50, Metric.P99), timing -> new PingPong(false, timing)),
    PINGPONG_BLOCKING_32(
            new Scenario("pingpong-blocking-32", Metric.P50, Metric.P99), timing -> new PingPong(true, timing)),
    WAKE_IDLE(new Scenario("wake-idle", Metric.P50, Metric.P99), WakeIdle::new),
    IDLE_CPU(new Scenario("idle-cpu", Metric.CPU), IdleCpu::new);

    private final Scenario scenario;
    private final Function<Timing, Exchange> exchange;

    ChannelScenario(Scenario scenario, Function<Timing, Exchange> exchange) {
        this.scenario = scenario;
        this.exchange = exchange;
    }

    Scenario scenario() {
        return scenario;
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
