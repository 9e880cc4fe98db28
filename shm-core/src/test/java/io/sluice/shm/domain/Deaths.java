package io.sluice.shm.domain;

import io.sluice.shm.Domain;

/** Makes a domain of this process look dead to the others: the kernel lock on its liveness file is given up. */
public final class Deaths {
    private Deaths() {}

    /** Whatever the domain's handles left in shared memory stays there; it must not be used, nor closed, any more. */
    public static void die(Domain domain) {
        domain.core().participants().leave();
    }
}
