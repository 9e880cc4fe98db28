package io.sluice.benchmarks;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** How far apart the cores are that two spinning processes run on. */
enum Placement {
    NEAR,
    FAR,
    /** Was not looked at, as it does not matter. */
    ANY,
    /** It changed while a repetition ran, or one core was not to be had: compared with nothing. */
    UNCLEAR;

    /** Round trips of a cache line took 70 to 150 ns between near cores and 250 to 550 ns between far ones. */
    private static final double FAR_FROM_NANOS = 200;

    /** No line takes so long: the two shared a core, or somebody else used one. */
    private static final double UNCLEAR_FROM_NANOS = 1_000;

    private static Placement of(double roundTripNanos) {
        if (roundTripNanos >= UNCLEAR_FROM_NANOS) {
            return UNCLEAR;
        }
        return roundTripNanos < FAR_FROM_NANOS ? NEAR : FAR;
    }

    /** Of all probes that belong to a repetition. */
    static Placement of(Collection<Double> roundTripNanos) {
        Set<Placement> seen = roundTripNanos.stream().map(Placement::of).collect(Collectors.toSet());
        return seen.size() == 1 ? seen.iterator().next() : UNCLEAR;
    }
}
