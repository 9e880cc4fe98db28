package io.sluice.benchmarks;

import java.util.List;

/** Runs one suite; standard output carries tab-separated results and nothing else. */
final class Main {
    private static final List<Suite> SUITES =
            List.of(new ChannelSuite(), new LockSuite(), new LockProcessesSuite(), new DistLockSuite());
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        System.exit(run(args));
    }

    private static int run(String... args) throws InterruptedException {
        try (Workspace workspace = Workspace.create()) {
            Options options = Options.parse(args);
            Suite suite = suite(options);
            Report report = new Report(suite.name(), new Environment(options));
            int failures = suite.run(options, workspace, report);
            report.finish(options.out());
            return failures == 0 ? 0 : FAILED;
        } catch (UsageException e) {
            Progress.say(e.getMessage() + System.lineSeparator() + Options.USAGE);
            return MISUSED;
        } catch (TrialException e) {
            Progress.say("FAILED: " + e);
            return FAILED;
        }
    }

    private static Suite suite(Options options) {
        List<String> names = SUITES.stream().map(Suite::name).toList();
        String wanted =
                options.suite().orElseThrow(() -> new UsageException("the name of a suite is missing: known=" + names));
        return SUITES.stream()
                .filter(each -> each.name().equals(wanted))
                .findAny()
                .orElseThrow(() -> new UsageException("no such suite: suite=" + wanted + " known=" + names));
    }
}
