package io.sluice.benchmarks;

import java.nio.file.Path;

/** What the processes of one repetition share: who is ready, and the call to stop. */
final class Control {
    private static final String FILE = "control";

    private enum Line {
        STOP,
        PRODUCER_READY,
        CONSUMER_READY,
        PING,
        PONG
    }

    private final SharedLines<Line> lines;

    Control(Path directory) {
        lines = new SharedLines<>(directory.resolve(FILE));
    }

    /** By the parent, before there are others. */
    static void create(Path directory) {
        SharedLines.create(directory.resolve(FILE), Line.class);
    }

    LineProbe probe() {
        return new LineProbe(lines.line(Line.PING), lines.line(Line.PONG));
    }

    void ready(Role role) {
        lines.add(line(role), 1);
    }

    void awaitReady(Role role, int processes) {
        lines.awaitAtLeast(line(role), processes, () -> {});
    }

    void stop() {
        lines.add(Line.STOP, 1);
    }

    /** How many processes called {@link #stop}. */
    long stops() {
        return lines.get(Line.STOP);
    }

    void awaitStops(int processes) {
        lines.awaitAtLeast(Line.STOP, processes, () -> {});
    }

    private static Line line(Role role) {
        return role == Role.PRODUCER ? Line.PRODUCER_READY : Line.CONSUMER_READY;
    }
}
