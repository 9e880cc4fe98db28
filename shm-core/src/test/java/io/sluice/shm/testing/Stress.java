package io.sluice.shm.testing;

/** Whether this is a long run (system property {@code sluice.stress}). */
public final class Stress {
    private Stress() {}

    public static boolean isOn() {
        return Boolean.getBoolean("sluice.stress");
    }

    /** The size of something: {@code normal}, or {@code stress} in a long run. */
    public static int choose(int normal, int stress) {
        return isOn() ? stress : normal;
    }
}
