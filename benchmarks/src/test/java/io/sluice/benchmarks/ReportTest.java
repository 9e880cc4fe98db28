package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private final Scenario scenario = Scenario.apart("recovery", Metric.P50_US);

    @Test
    void finish_aPeerNeverCame_saysSo(@TempDir Path directory) throws IOException {
        Contender ours = new NamedContender(Contender.SLUICE);
        Contender peer = new NamedContender("peer");
        Comparison comparison = new Comparison(scenario, List.of(ours, peer));
        comparison.add(repetition(ours, 2_000));
        comparison.add(repetition(peer, Double.POSITIVE_INFINITY));
        Report report = new Report("locks", new Environment(Options.parse()));

        report.add(comparison);
        report.finish(Optional.of(directory));

        assertThat(Files.readAllLines(directory.resolve("locks.md")))
                .contains("## locks")
                .contains("| recovery | sluice | 17 | p50, us | 2000 | 2000 | 2000 |")
                .contains("| recovery | peer | 17 | p50, us | never | never | never |")
                .contains("| recovery | sluice/peer | inf | inf | inf |")
                .contains("- placement in recovery: ANY");
    }

    private static Repetition repetition(Contender contender, double micros) {
        return new Repetition(contender, 0, Placement.ANY, 0, Map.of("p50", micros));
    }
}
