package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;

/** How many requests, and how many commands in all, Redis gets for a pair: counted by its MONITOR. */
final class CommandCount implements LockTask {
    static final Metric WRITE_REQUESTS = new Metric("write-requests", "per pair", false);
    static final Metric WRITE_COMMANDS = new Metric("write-commands", "per pair", false);
    static final Metric READ_REQUESTS = new Metric("read-requests", "per pair", false);
    static final Metric READ_COMMANDS = new Metric("read-commands", "per pair", false);

    private static final int PAIRS = 1_000;
    private static final String BEGIN = "count-begins";
    private static final String END = "count-ends";

    @Override
    public int repetitions(Timing timing) {
        return 0;
    }

    @Override
    public boolean isPinned() {
        return false;
    }

    @Override
    public void run(LockSide side) {
        side.ready();
        count(side, side::writeOnly, WRITE_REQUESTS, WRITE_COMMANDS);
        count(side, side::read, READ_REQUESTS, READ_COMMANDS);
    }

    private static void count(LockSide side, Runnable pair, Metric requests, Metric commands) {
        int port = Integer.parseInt(side.address().substring(side.address().lastIndexOf(':') + 1));
        try (RedisLine marks = new RedisLine(port);
                RedisLine monitor = new RedisLine(port)) {
            monitor.ask("MONITOR");
            marks.ask("ECHO " + BEGIN);
            for (int i = 0; i < PAIRS; i++) {
                pair.run();
            }
            marks.ask("ECHO " + END);
            report(side, monitor, requests, commands);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a script calls has {@code lua} where the address of a client is. */
    private static void report(LockSide side, RedisLine monitor, Metric requests, Metric commands) throws IOException {
        String line = monitor.next();
        while (!line.contains(BEGIN)) {
            line = monitor.next();
        }
        int all = 0;
        int inScripts = 0;
        for (line = monitor.next(); !line.contains(END); line = monitor.next()) {
            all++;
            if (line.contains(" lua] ")) {
                inScripts++;
            }
        }
        side.report(requests, (double) (all - inScripts) / PAIRS);
        side.report(commands, (double) all / PAIRS);
    }
}
