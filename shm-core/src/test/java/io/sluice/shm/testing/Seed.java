package io.sluice.shm.testing;

/** The seed of a random test: system property {@code sluice.seed}, else a new one; printed, so that it can be given again. */
public final class Seed {
    private Seed() {}

    public static long next(String test) {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        System.out.println(test + ": seed=" + seed);
        return seed;
    }
}
