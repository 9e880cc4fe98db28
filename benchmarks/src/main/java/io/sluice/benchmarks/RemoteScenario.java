package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.time.Duration;
import java.util.Arrays;

/** The scenarios of the suite {@code dist-lock}. */
@SuppressWarnings("ImmutableEnumChecker") // its tasks have no state
enum RemoteScenario {
    READ_PAIR(times("read-pair"), 1, new PairTimes(LockMode.READ)),
    WRITE_PAIR(times("write-pair"), 1, new PairTimes(LockMode.WRITE)),
    HAND_OFF(times("hand-off"), 2, new HandOff()),
    WRITER_WAIT_4R(
            Scenario.apart("writer-wait-4r", Metric.P50_US, Metric.P99_US, Metric.MAX_US, Metric.STARVED),
            5,
            new WriterWait(Duration.ofMillis(1))),
    COMMANDS(
            Scenario.apart(
                    "commands",
                    CommandCount.WRITE_REQUESTS,
                    CommandCount.WRITE_COMMANDS,
                    CommandCount.READ_REQUESTS,
                    CommandCount.READ_COMMANDS),
            1,
            new CommandCount());

    private final Scenario scenario;
    private final int processes;
    private final LockTask task;

    RemoteScenario(Scenario scenario, int processes, LockTask task) {
        this.scenario = scenario;
        this.processes = processes;
        this.task = task;
    }

    private static Scenario times(String name) {
        return Scenario.apart(name, Metric.P50_US, Metric.P99_US, Metric.MAX_US);
    }

    Scenario scenario() {
        return scenario;
    }

    /** A call of a script waits for nobody. */
    int processes(RemotePeer peer) {
        return peer == RemotePeer.EVALSHA ? 1 : processes;
    }

    /** A call of a script stands beside each time in microseconds as what it is. */
    LockTask task(RemotePeer peer) {
        return peer == RemotePeer.EVALSHA && this == HAND_OFF ? WRITE_PAIR.task : task;
    }

    boolean isFor(RemotePeer peer) {
        return switch (this) {
            case READ_PAIR -> peer != RemotePeer.REDISSON_FENCED;
            case WRITE_PAIR, HAND_OFF -> true;
            case WRITER_WAIT_4R -> peer != RemotePeer.REDISSON_FENCED && peer != RemotePeer.EVALSHA;
            case COMMANDS -> peer != RemotePeer.CURATOR_RW;
        };
    }

    static RemoteScenario named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.scenario.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such scenario: name=" + name));
    }
}
