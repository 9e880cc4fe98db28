package io.sluice.shm.domain;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.Closers;
import java.lang.reflect.Field;
import java.util.Set;

/** Makes a domain of this process look dead to the others: the kernel lock on its liveness file is given up. */
public final class Deaths {
    private Deaths() {}

    /** Whatever the domain's handles left in shared memory stays there; it must not be used, nor closed, any more. */
    public static void die(Domain domain) {
        domain.core().participants().leave();
    }

    /** Unmaps the domain of a dead one, none of whose threads is left. Gives back only its bells. */
    public static void bury(Domain domain) {
        DomainCore core = domain.core();
        Closers closers = (Closers) value(core, "closers");
        for (Object closer : (Set<?>) value(closers, "closers")) {
            core.release((Runnable) closer);
        }
        core.close();
    }

    private static Object value(Object owner, String name) {
        try {
            Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(owner);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
