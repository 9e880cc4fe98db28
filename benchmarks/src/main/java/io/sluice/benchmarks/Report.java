package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints results as they come and the ratios at the end; keeps both as files if asked to. */
final class Report {
    private final String suite;
    private final Environment environment;
    private final List<Result> results = new ArrayList<>();
    private final List<Ratio> ratios = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();

    Report(String suite, Environment environment) {
        this.suite = suite;
        this.environment = environment;
    }

    /** What the numbers of this suite depend on. */
    void note(String name, String value) {
        environment.note(name, value);
    }

    void add(Comparison comparison) {
        comparison.results().forEach(this::print);
        results.addAll(comparison.results());
        ratios.addAll(comparison.ratios());
        note("placement in " + comparison.scenario().name(), conditions(comparison.counted()));
    }

    private static String conditions(List<Repetition> counted) {
        String placement = counted.stream()
                .map(each -> each.placement().name())
                .findFirst()
                .orElse("never clear, so nothing counts");
        long disturbed = counted.stream().filter(Repetition::disturbed).count();
        return disturbed == 0 ? placement : placement + ", disturbed repetitions: " + disturbed;
    }

    void finish(Optional<Path> directory) {
        for (Ratio ratio : ratios) {
            printLine("ratio", ratio.scenario(), ratio.name(), ratioColumns(ratio.summary()));
        }
        directory.ifPresent(this::write);
        environment.notes().forEach((name, value) -> Progress.say(name + ": " + value));
    }

    private void print(Result result) {
        printLine(
                suite,
                result.scenario(),
                result.contender().name(),
                result.contender().jdk(),
                result.metric().name(),
                result.metric().unit(),
                columns(result.summary()));
    }

    private void printLine(String... columns) {
        String line = String.join("\t", columns);
        lines.add(line);
        System.out.println(line);
    }

    /** What took without end never came. */
    private static String columns(Summary summary) {
        return columns("never", summary.min(), summary.median(), summary.max());
    }

    /** The median first. */
    private static String ratioColumns(Summary summary) {
        return columns("inf", summary.median(), summary.min(), summary.max());
    }

    private static String columns(String infinite, double... values) {
        return Arrays.stream(values)
                .mapToObj(value -> Double.isInfinite(value) ? infinite : Summary.format(value))
                .collect(Collectors.joining("\t"));
    }

    private void write(Path directory) {
        List<String> notes = new ArrayList<>();
        environment.notes().forEach((name, value) -> notes.add(name + ": " + value));
        try {
            Files.createDirectories(directory);
            Files.write(directory.resolve(suite + ".tsv"), lines);
            Files.write(directory.resolve(suite + "-environment.txt"), notes);
            Files.write(directory.resolve(suite + ".md"), markdown());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the results: directory=" + directory, e);
        }
    }

    private List<String> markdown() {
        List<String> text = new ArrayList<>(List.of(
                "## " + suite,
                "",
                "| scenario | contender | jdk | metric | min | median | max |",
                "|---|---|---|---|--:|--:|--:|"));
        for (Result result : results) {
            Metric metric = result.metric();
            Contender contender = result.contender();
            String what = metric.name() + ", " + metric.unit();
            text.add(row(result.scenario(), contender.name(), contender.jdk(), what, columns(result.summary())));
        }
        text.addAll(List.of(
                "",
                "Above 1 means that Sluice is better:",
                "",
                "| scenario | ratio | median | min | max |",
                "|---|---|--:|--:|--:|"));
        for (Ratio ratio : ratios) {
            text.add(row(ratio.scenario(), ratio.name(), ratioColumns(ratio.summary())));
        }
        text.add("");
        environment.notes().forEach((name, value) -> text.add("- " + name + ": " + value));
        return text;
    }

    private static String row(String... columns) {
        return "| " + String.join("\t", columns).replace("\t", " | ") + " |";
    }
}
