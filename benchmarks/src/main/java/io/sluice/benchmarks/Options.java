package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The command line. */
final class Options {
    static final String USAGE = "usage: run SUITE [--quick] [--jdk HOME] [--out DIRECTORY] [--scenario NAME,..]"
            + " [--contender NAME,..] [--no-pin] [--jvm-arg ARG]..";

    private static final String PROGRAMS = "sluice.benchmarks.programs";
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 3;

    private final Set<String> scenarios = new LinkedHashSet<>();
    private final Set<String> contenders = new LinkedHashSet<>();
    private final List<String> jvmArgs = new ArrayList<>();
    private boolean quick;
    private boolean pinned = Runtime.getRuntime().availableProcessors() > 1;
    private Path jdkHome = Path.of(System.getProperty("java.home", ""));
    private @Nullable Path out;
    private @Nullable String suite;

    private Options() {}

    static Options parse(String... arguments) {
        Options options = new Options();
        Iterator<String> iterator = Arrays.asList(arguments).iterator();
        while (iterator.hasNext()) {
            options.accept(iterator.next(), iterator);
        }
        return options;
    }

    private void accept(String argument, Iterator<String> rest) {
        switch (argument) {
            case "--quick" -> quick = true;
            case "--no-pin" -> pinned = false;
            case "--jdk" -> jdkHome = Path.of(value(argument, rest));
            case "--out" -> out = Path.of(value(argument, rest));
            case "--scenario" -> scenarios.addAll(names(value(argument, rest)));
            case "--contender" -> contenders.addAll(names(value(argument, rest)));
            case "--jvm-arg" -> jvmArgs.add(value(argument, rest));
            default -> {
                if (argument.startsWith("-") || suite != null) {
                    throw new UsageException("not understood: argument=" + argument);
                }
                suite = argument;
            }
        }
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new UsageException("a value is missing: option=" + option);
        }
        return rest.next();
    }

    private static List<String> names(String list) {
        return List.of(list.split(",", -1));
    }

    Optional<String> suite() {
        return Optional.ofNullable(suite);
    }

    Optional<Path> out() {
        return Optional.ofNullable(out);
    }

    boolean quick() {
        return quick;
    }

    int rounds() {
        return quick ? QUICK_ROUNDS : ROUNDS;
    }

    /** Whether the measuring threads stay on a CPU each: the producer's on the first, the consumer's on the second. */
    boolean pinned() {
        return pinned;
    }

    Jdk jdk() {
        return Jdk.at(jdkHome, jvmArgs);
    }

    /** Where a contender in C is, if it could be compiled. */
    Path program(String name) {
        return Path.of(System.getProperty(PROGRAMS, "benchmarks/target/c"), name)
                .toAbsolutePath();
    }

    List<Scenario> selectScenarios(List<Scenario> all) {
        return select("scenario", all, Scenario::name, scenarios);
    }

    List<Contender> selectContenders(List<Contender> all) {
        return select("contender", all, Contender::name, contenders);
    }

    /** All, or those that were asked for. */
    private static <T> List<T> select(String kind, List<T> all, Function<T, String> name, Set<String> wanted) {
        Set<String> unknown = new TreeSet<>(wanted);
        unknown.removeAll(all.stream().map(name).toList());
        if (!unknown.isEmpty()) {
            throw new UsageException("no such " + kind + ": asked=" + unknown + " known="
                    + all.stream().map(name).toList());
        }
        return all.stream()
                .filter(each -> wanted.isEmpty() || wanted.contains(name.apply(each)))
                .toList();
    }
}
