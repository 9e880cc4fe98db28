package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.Map;

/** Measures nothing. */
record NamedContender(String name) implements Contender {
    @Override
    public String jdk() {
        return "17";
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public boolean supports(Scenario scenario) {
        return true;
    }

    @Override
    public Map<String, Double> measure(Scenario scenario, Path directory) {
        return Map.of();
    }
}
