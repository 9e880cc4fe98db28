package io.sluice.benchmarks;

/** How many times better one of ours is than a peer, round by round. */
record Ratio(String scenario, String ours, String peer, Summary summary) {
    String name() {
        return ours + "/" + peer;
    }
}
