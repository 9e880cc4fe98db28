package io.sluice.rwlock;

/**
 * Opens the locks of one implementation, in this JVM or a forked one, which knows it by the name of its class: let that
 * be public, with a public constructor without parameters.
 */
@FunctionalInterface
public interface LockSource {
    /** Opens the lock anew: as another process, or another part of the program, would. */
    Opened open(LockSettings settings) throws Exception;

    /**
     * A lock, and what it needs.
     *
     * @param lock closed first
     * @param surroundings closed when nobody uses the lock any more
     */
    record Opened(FencedReadWriteLock lock, AutoCloseable surroundings) {}
}
