package io.sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** A lock that threads of one JVM measure, which JMH forks for each repetition. */
final class JmhFork implements Contender {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** Somebody else's JMH on this machine is seen as a disturbance; it is no reason to refuse. */
    private static final String IGNORE_OTHERS = "jmh.ignoreLock";

    private static final int WARM_UP_ITERATIONS = 4;
    private static final int ITERATIONS = 5;
    private static final double NANOS_PER_MICRO = 1_000;

    private final LockPeer peer;
    private final Jdk jdk;
    private final Timing timing;
    private final boolean pinned;

    JmhFork(LockPeer peer, Jdk jdk, Timing timing, boolean pinned) {
        this.peer = peer;
        this.jdk = jdk;
        this.timing = timing;
        this.pinned = pinned;
    }

    @Override
    public String name() {
        return peer.peerName();
    }

    @Override
    public String jdk() {
        return jdk.version();
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public boolean supports(Scenario scenario) {
        return LockScenario.named(scenario.name()).isFor(peer);
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException {
        LockScenario measured = LockScenario.named(scenario.name());
        boolean single = measured == LockScenario.FIRST_WRITE;
        ChainedOptionsBuilder options = options(measured, directory);
        options.mode(single ? Mode.SampleTime : Mode.Throughput).timeUnit(TimeUnit.NANOSECONDS);
        if (!single) {
            options.addProfiler(GCProfiler.class);
        }
        System.setProperty(IGNORE_OTHERS, "true");
        Collection<RunResult> results = bounded(new Runner(options.build())::run);
        if (results.size() != 1) {
            throw new TrialException(
                    "JMH gave not one result: scenario=" + scenario.name() + " results=" + results.size());
        }
        RunResult result = results.iterator().next();
        return single ? percentiles(result) : costs(result, measured.threads());
    }

    private ChainedOptionsBuilder options(LockScenario scenario, Path directory) {
        List<String> flags = new ArrayList<>(jdk.flags());
        flags.add("-D" + LockBenchmarks.DIRECTORY + "=" + directory);
        String benchmark = LockBenchmarks.class.getName() + "." + scenario.method(peer);
        return new OptionsBuilder()
                .include("^" + Pattern.quote(benchmark) + "$")
                .param("peer", peer.peerName())
                .param("pinned", Boolean.toString(pinned))
                .threads(scenario.threads())
                .forks(1)
                .warmupForks(0)
                .warmupIterations(WARM_UP_ITERATIONS)
                .warmupTime(TimeValue.milliseconds(timing.warmUpMillis * 2L / WARM_UP_ITERATIONS))
                .measurementIterations(ITERATIONS)
                .measurementTime(TimeValue.milliseconds(timing.measureMillis / ITERATIONS))
                .jvm(jdk.launcher().toString())
                .jvmArgs(flags.toArray(String[]::new))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
    }

    /**
     * Nanoseconds a pair and thread, and what a pair allocated, both of the iteration in the middle: the last one also
     * closes the lock.
     */
    private static Map<String, Double> costs(RunResult result, int threads) {
        List<Double> pairsPerNano = new ArrayList<>();
        List<Double> allocated = new ArrayList<>();
        for (IterationResult iteration : result.getAggregatedResult().getIterationResults()) {
            pairsPerNano.add(iteration.getPrimaryResult().getScore());
            allocated.add(allocated(iteration));
        }
        return Map.of(
                Metric.PAIR.name(),
                threads / Summary.of(pairsPerNano).median(),
                Metric.ALLOCATED.name(),
                Summary.of(allocated).median());
    }

    private static double allocated(IterationResult iteration) {
        Set<String> reported = iteration.getSecondaryResults().keySet();
        for (String each : reported) {
            if (each.endsWith("gc.alloc.rate.norm")) { // older versions put a mark before it
                return Objects.requireNonNull(iteration.getSecondaryResults().get(each))
                        .getScore();
            }
        }
        throw new TrialException("JMH did not report what was allocated: reported=" + reported);
    }

    private static Map<String, Double> percentiles(RunResult result) {
        Statistics nanos = result.getPrimaryResult().getStatistics();
        return Map.of(
                Metric.P50_US.name(),
                nanos.getPercentile(50) / NANOS_PER_MICRO,
                Metric.P99_US.name(),
                nanos.getPercentile(99) / NANOS_PER_MICRO);
    }

    /** JMH itself waits for its fork without bound; a lock that loses a wake-up would hang this. */
    private static <T> T bounded(Callable<T> run) throws InterruptedException {
        Set<ProcessHandle> others = ProcessHandle.current().children().collect(Collectors.toCollection(HashSet::new));
        FutureTask<T> task = new FutureTask<>(run);
        Thread thread = new Thread(task, "jmh");
        thread.start();
        try {
            return task.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new TrialException("JMH did not end in time: timeout=" + TIMEOUT, e);
        } catch (ExecutionException e) {
            throw new TrialException("JMH failed: causes=" + causes(e.getCause()), e);
        } finally {
            ProcessHandle.current()
                    .children()
                    .filter(each -> !others.contains(each))
                    .forEach(ProcessHandle::destroyForcibly);
            thread.join(TIMEOUT.toMillis());
        }
    }

    /** JMH keeps what happened in its fork deep inside. */
    private static List<String> causes(@Nullable Throwable failure) {
        List<String> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.add(String.valueOf(cause.getMessage()));
            for (Throwable suppressed : cause.getSuppressed()) {
                causes.addAll(causes(suppressed));
            }
        }
        return causes;
    }
}
