package io.sluice.dist;

/**
 * Marks threads that run actions of users for the client or the scheduler: such a thread must not wait for Redis, whose
 * answer it may be the one to deliver.
 */
final class Callbacks {
    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    private Callbacks() {}

    static boolean isInside() {
        return INSIDE.get();
    }

    static void run(Runnable action) {
        boolean before = INSIDE.get();
        INSIDE.set(true);
        try {
            action.run();
        } finally {
            INSIDE.set(before);
        }
    }
}
