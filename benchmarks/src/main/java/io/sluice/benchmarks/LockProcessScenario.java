package io.sluice.benchmarks;

import io.sluice.rwlock.LockMode;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The scenarios of the suite {@code lock-processes}. */
@SuppressWarnings("ImmutableEnumChecker") // its tasks have no state
enum LockProcessScenario {
    READ_1P(Scenario.apart("read-1p", Metric.PAIR), 1, new PairRate(LockMode.READ)),
    READ_2P(new Scenario("read-2p", Metric.PAIR), 2, new PairRate(LockMode.READ)),
    WRITE_2P(new Scenario("write-2p", Metric.PAIR), 2, new PairRate(LockMode.WRITE)),
    WRITER_WAIT_2R(writerWait("writer-wait-2r"), 3, new WriterWait(Duration.ofNanos(100_000))),
    WRITER_WAIT_4R(writerWait("writer-wait-4r"), 5, new WriterWait(Duration.ofNanos(100_000))),
    RECOVERY_READ(recovery("recovery-read"), 1, new Recovery(LockMode.READ, 16)),
    RECOVERY_WRITE(recovery("recovery-write"), 1, new Recovery(LockMode.WRITE, 16)),
    RECOVERY_WRITE_250M(recovery("recovery-write-250m"), 1, new Recovery(LockMode.WRITE, 250)),
    RECOVERY_WRITE_1G(recovery("recovery-write-1g"), 1, new Recovery(LockMode.WRITE, 1_000));

    static final String RWLOCK = "pthread-rwlock";
    static final String RWLOCK_WRITER = "pthread-rwlock-writer";
    static final String MUTEX = "robust-mutex";

    /** The contenders in C. */
    static final List<String> PROGRAMS = List.of(RWLOCK, RWLOCK_WRITER, MUTEX);

    private static final Set<String> READERS = Stream.concat(
                    LockPeer.OF_PROCESSES.stream().map(LockPeer::peerName), Stream.of(RWLOCK, RWLOCK_WRITER))
            .collect(Collectors.toUnmodifiableSet());

    private final Scenario scenario;
    private final int processes;
    private final LockTask task;

    LockProcessScenario(Scenario scenario, int processes, LockTask task) {
        this.scenario = scenario;
        this.processes = processes;
        this.task = task;
    }

    private static Scenario writerWait(String name) {
        return Scenario.apart(name, Metric.P50_US, Metric.P99_US, Metric.MAX_US, Metric.STARVED);
    }

    private static Scenario recovery(String name) {
        return Scenario.apart(name, Metric.P50_US, Metric.P99_US, Metric.MAX_US, Metric.RESIDENT);
    }

    Scenario scenario() {
        return scenario;
    }

    /** Those that are there from beginning to end. */
    int processes() {
        return processes;
    }

    LockTask task() {
        return task;
    }

    /** A mutex is no readers' lock, a view is neither here nor there when its process dies, C has no heap. */
    boolean isFor(String contender) {
        boolean writes = READERS.contains(contender) || contender.equals(MUTEX);
        return switch (this) {
            case READ_1P, READ_2P, WRITER_WAIT_2R, WRITER_WAIT_4R -> READERS.contains(contender);
            case WRITE_2P -> writes;
            case RECOVERY_READ -> READERS.contains(contender) && !contender.equals(Contender.SLUICE_HANDLE);
            case RECOVERY_WRITE -> writes && !contender.equals(Contender.SLUICE_HANDLE);
            case RECOVERY_WRITE_250M, RECOVERY_WRITE_1G ->
                contender.equals(Contender.SLUICE) || contender.equals(LockPeer.FILE_LOCK.peerName());
        };
    }

    static LockProcessScenario named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.scenario.name().equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such scenario: name=" + name));
    }
}
