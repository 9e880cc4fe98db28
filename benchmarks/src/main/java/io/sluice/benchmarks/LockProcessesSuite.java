package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Locks between processes, and what happens to them when one is killed. */
final class LockProcessesSuite implements Suite {
    private static final long BYTES_PER_MEGABYTE = 1 << 20;
    private static final long BYTES_PER_KILOBYTE = 1 << 10;

    @Override
    public String name() {
        return "lock-processes";
    }

    @Override
    public int run(Options options, Workspace workspace, Report report) throws InterruptedException {
        Timing timing = options.quick() ? Timing.QUICK : Timing.FULL;
        report.note("measuring processes", options.pinned() ? "of pairs: process N on CPU N" : "not pinned");
        List<Scenario> scenarios = Arrays.stream(LockProcessScenario.values())
                .filter(LockProcessesSuite::fits)
                .map(LockProcessScenario::scenario)
                .toList();
        Rounds rounds = new Rounds(options.rounds(), PlacementProbe.create(options, workspace), workspace);
        rounds.run(options.selectScenarios(scenarios), options.selectContenders(contenders(options, timing)), report);
        return rounds.failures();
    }

    private static List<Contender> contenders(Options options, Timing timing) {
        List<Contender> contenders = new ArrayList<>();
        for (LockPeer peer : LockPeer.OF_PROCESSES) {
            contenders.add(new LockProcesses(peer, options.jdk(), timing, options.pinned()));
        }
        for (String program : LockProcessScenario.PROGRAMS) {
            contenders.add(new NativeProgram(
                    options.program(program),
                    scenario -> LockProcessScenario.named(scenario.name()).isFor(program),
                    scenario -> NativeProgram.arguments(
                            timing,
                            LockProcessScenario.named(scenario.name()).task().repetitions(timing),
                            options.pinned())));
        }
        return contenders;
    }

    /** There is memory for the victim twice over. */
    private static boolean fits(LockProcessScenario scenario) {
        long needed =
                scenario.task() instanceof Recovery recovery ? 2L * recovery.heapMegabytes() * BYTES_PER_MEGABYTE : 0;
        boolean fits = needed <= availableBytes();
        if (!fits) {
            Progress.say("skipped, as memory is short: scenario="
                    + scenario.scenario().name());
        }
        return fits;
    }

    private static long availableBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KILOBYTE)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/meminfo", e);
        }
    }
}
