package io.sluice.shm.os;

/**
 * Defers an interrupt of this thread over short file operations of {@code java.nio}, which would else close their
 * channel. Closing it sets the interrupt status again.
 */
public final class Interrupts implements AutoCloseable {
    private final boolean interrupted;

    private Interrupts(boolean interrupted) {
        this.interrupted = interrupted;
    }

    /** To be used in a try-with-resources statement around the operations. */
    public static Interrupts deferred() {
        return new Interrupts(Thread.interrupted());
    }

    @Override
    public void close() {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
