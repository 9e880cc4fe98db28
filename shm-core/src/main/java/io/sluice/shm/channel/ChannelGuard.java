package io.sluice.shm.channel;

/**
 * What guards a ring of many publications: a reader-writer lock of the domain, of which a publication holds the read side
 * from claim to commit. Who holds the write side therefore knows that no living publication is inside a claim, and that a
 * gap in the ring belongs to a dead one. This module knows no lock; {@code io.sluice:rwlock} supplies the guard, and its
 * GuardedChannel is how channels with one are opened.
 *
 * <p>Thread-safe; a {@link Lane} is its thread's alone.
 */
public interface ChannelGuard extends AutoCloseable {
    /**
     * The read side for one thread; closed when nothing is held and by any thread. A class, for a process that uses one kind
     * of lanes: compilers then know what its calls reach.
     */
    abstract class Lane implements AutoCloseable {
        /**
         * Holds the read side. Does not wait, allocate or, while nobody asks for the write side, make system calls.
         *
         * @return false if the write side is held or wanted, or {@link ChannelGuard#isSuspect}
         * @throws IllegalStateException if the guard is closed
         */
        public abstract boolean tryEnter();

        /** Ends the hold, and is a light fence at least. */
        public abstract void exit();

        @Override
        public abstract void close();
    }

    /** Name of the lock in its domain, of 1 to 100 characters; the channel's header holds it. */
    String name();

    /** The read side for the calling thread, beside what it holds by other lanes. */
    Lane lane();

    /**
     * Runs {@code recovery} under the write side, and marks the lock mended if that returns. If it throws, what made the
     * lock suspect stays. Waits for living holders up to {@code nanos}, not for interrupts; the gate is closed to others
     * meanwhile.
     *
     * @return false, and nothing was run, if it was not to be had in time, which it is not for who holds the read side
     */
    boolean tryExclusive(long nanos, Runnable recovery);

    /** Whether somebody died who held either side, and no recovery has followed. */
    boolean isSuspect();

    /** Who holds and who waits, for people to read. */
    String describe();

    /** The lock itself stays. */
    @Override
    void close();
}
