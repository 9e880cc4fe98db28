package io.sluice.shm.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive locks on whole files that the kernel drops when the holding process dies, however it dies. This is the only
 * source of truth about death in Sluice. Thread-safe.
 *
 * <p>Both forms conflict with each other, so processes with and without natives agree about who lives.
 */
public interface KernelLocks {
    /** The form this process uses: open file description locks, or {@code java.nio} locks without natives. */
    static KernelLocks platform() {
        return Natives.available() ? OfdLocks.INSTANCE : JavaLocks.INSTANCE;
    }

    /** A held lock; closing it releases it. */
    interface Held extends Closeable {}

    /**
     * Takes the lock on {@code file}, creating the file with {@code mode} (for example {@code 0600}) if it is missing.
     *
     * @return null if somebody else, in this process or another, holds it
     */
    @Nullable
    Held tryLock(Path file, int mode) throws IOException;

    /** Whether anybody, this process included, holds the lock on {@code file}; false if the file is missing. */
    boolean isHeld(Path file) throws IOException;

    /**
     * Blocks until nobody holds the lock on {@code file}. With natives the thread sleeps in the kernel until then and
     * {@code wanted} is not looked at; without, it probes every 5 ms for as long as {@code wanted}.
     */
    void awaitRelease(Path file, BooleanSupplier wanted) throws IOException;
}
