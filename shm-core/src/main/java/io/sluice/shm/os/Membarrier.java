package io.sluice.shm.os;

/**
 * membarrier(2), GLOBAL_EXPEDITED: every running thread of every registered process passes a full memory barrier
 * before the call returns. The kernel silently skips processes that did not register.
 */
public final class Membarrier {
    private static final int QUERY = 0;
    private static final int GLOBAL_EXPEDITED = 2;
    private static final int REGISTER_GLOBAL_EXPEDITED = 4;

    private static final class Registration {
        static final boolean DONE = Natives.available()
                && (call(QUERY) & (GLOBAL_EXPEDITED | REGISTER_GLOBAL_EXPEDITED))
                        == (GLOBAL_EXPEDITED | REGISTER_GLOBAL_EXPEDITED)
                && call(REGISTER_GLOBAL_EXPEDITED) == 0
                && call(GLOBAL_EXPEDITED) == 0;
    }

    private Membarrier() {}

    /** Registers this process (once); false if the kernel or a sandbox does not allow it. */
    public static boolean register() {
        return Registration.DONE;
    }

    /** The barrier: 0.1 to 5 us. Needs {@link #register}. */
    public static void issue() {
        if (call(GLOBAL_EXPEDITED) != 0) {
            throw new IllegalStateException("membarrier failed: errno=" + Posix.errno());
        }
    }

    private static long call(int command) {
        return Posix.syscall(Posix.SYS_MEMBARRIER, command, 0, 0, 0, 0, 0);
    }
}
