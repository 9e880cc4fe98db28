package io.sluice.benchmarks;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** The scenarios of the suite {@code lock}. */
@SuppressWarnings("ImmutableEnumChecker") // the list of metrics is one that cannot change
enum LockScenario {
    READ_1T(Scenario.apart("read-1t", Metric.PAIR, Metric.ALLOCATED), 1, "read"),
    WRITE_1T(Scenario.apart("write-1t", Metric.PAIR, Metric.ALLOCATED), 1, "write"),
    READ_2T(new Scenario("read-2t", Metric.PAIR, Metric.ALLOCATED), 2, "read"),
    MIXED_2T(new Scenario("mixed-2t", Metric.PAIR, Metric.ALLOCATED), 2, "mixed"),
    OPTIMISTIC_1T(Scenario.apart("optimistic-1t", Metric.PAIR, Metric.ALLOCATED), 1, "optimistic"),
    FIRST_WRITE(new Scenario("first-write", Metric.P50_US, Metric.P99_US), 1, "firstWrite");

    private static final Set<LockPeer> OPTIMISTIC = EnumSet.of(LockPeer.SLUICE, LockPeer.STAMPED_OPTIMISTIC);
    private static final Set<LockPeer> BIASED = EnumSet.of(LockPeer.SLUICE, LockPeer.SLUICE_HANDLE);

    private final Scenario scenario;
    private final int threads;
    private final String method;

    LockScenario(Scenario scenario, int threads, String method) {
        this.scenario = scenario;
        this.threads = threads;
        this.method = method;
    }

    Scenario scenario() {
        return scenario;
    }

    int threads() {
        return threads;
    }

    /** Of {@link LockBenchmarks}. */
    String method(LockPeer peer) {
        return this == MIXED_2T && peer.readsOptimistically() ? "mixedOptimistic" : method;
    }

    boolean isFor(LockPeer peer) {
        return switch (this) {
            case OPTIMISTIC_1T -> OPTIMISTIC.contains(peer);
            case FIRST_WRITE -> BIASED.contains(peer);
            case MIXED_2T -> peer != LockPeer.NONE;
            case READ_1T, WRITE_1T, READ_2T -> !peer.readsOptimistically();
        };
    }

    static LockScenario named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.scenario.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such scenario: name=" + name));
    }
}
