package io.sluice.benchmarks;

/** How many times better Sluice is than a peer, round by round. */
record Ratio(String scenario, String peer, Summary summary) {}
