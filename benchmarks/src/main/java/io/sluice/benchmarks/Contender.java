package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.Map;

/** One side of a comparison: measures a scenario once, in processes of its own. */
interface Contender {
    /** Ours, and compared with all others. */
    String SLUICE = "sluice";

    /** Ours too, and compared with all others: a lock by the view of one thread. */
    String SLUICE_HANDLE = "sluice-handle";

    String name();

    /** Whether others are compared with it. */
    default boolean isOurs() {
        return name().equals(SLUICE) || name().equals(SLUICE_HANDLE);
    }

    /** The version of the JDK that its processes run on, or "-" for a native program. */
    String jdk();

    /** False when it was not built on this machine. */
    boolean available();

    boolean supports(Scenario scenario);

    /** Returns the values by the names of the scenario's metrics; the directory is empty and is deleted afterwards. */
    Map<String, Double> measure(Scenario scenario, Path directory) throws InterruptedException;
}
