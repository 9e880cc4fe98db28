package io.sluice.rwlock;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A writer-preferring reader-writer lock whose write acquisitions carry fencing tokens: one contract for the threads of
 * a process ({@link HeapReadWriteLock}), the processes of a host ({@link MappedReadWriteLock}) and the hosts of a
 * network.
 *
 * <ul>
 *   <li>Re-entrant in both modes, by thread. A thread that writes may read; a thread that reads may read again even
 *       while a writer waits.
 *   <li>A write hold can become a read hold ({@link Hold#downgrade}, or reading before the write is released). The
 *       other way about would be a deadlock between two who try it, so asking for a write hold under a read hold throws
 *       at once.
 *   <li>Writer-preferring: a reader that comes after a waiting writer waits for it. A writer that gives up lets the
 *       readers in again.
 *   <li>Waiting calls sleep. Those that throw {@code InterruptedException} answer an interrupt at once, and then hold
 *       nothing.
 * </ul>
 *
 * <p>All acquiring methods throw {@link IllegalStateException} if the lock is closed (also while they wait), if a
 * thread that holds only reads asks to write, or if a thread has {@value #MAX_HOLDS} holds, and {@link
 * InconsistentDataException} if a writer died in its section and nobody has mended the data. Thread-safe.
 */
public interface FencedReadWriteLock extends AutoCloseable {
    /** Most holds of one mode by one thread. */
    int MAX_HOLDS = 65_535;

    /** The name by which others open the same lock; for messages where there is none to open. */
    String name();

    /** Waits for a read hold; an interrupt does not end the wait, and stays set. */
    Hold read();

    /** Waits for the write hold; an interrupt does not end the wait, and stays set. */
    Hold write();

    /** Waits for a read hold until interrupted. */
    Hold readInterruptibly() throws InterruptedException;

    /** Waits for the write hold until interrupted. */
    Hold writeInterruptibly() throws InterruptedException;

    /**
     * Waits for a read hold.
     *
     * @throws LockTimeoutException if there is none within {@code timeout}; the message names who holds the lock
     * @throws IllegalArgumentException if the time-out is negative
     */
    Hold read(Duration timeout) throws InterruptedException;

    /**
     * Waits for the write hold.
     *
     * @throws LockTimeoutException if there is none within {@code timeout}; the message names who holds the lock
     * @throws IllegalArgumentException if the time-out is negative
     */
    Hold write(Duration timeout) throws InterruptedException;

    /** A read hold if there is one to have without waiting for a writer, else null. */
    @Nullable
    Hold tryRead();

    /** The write hold if it is to have without waiting, else null. */
    @Nullable
    Hold tryWrite();

    /**
     * A read hold for no thread in particular. Cancelling the future withdraws the request. Actions that depend on the
     * future run in the thread that grants the lock: let them be short, or give them an executor.
     */
    CompletableFuture<Hold> readAsync();

    /** The write hold, as {@link #readAsync}. */
    CompletableFuture<Hold> writeAsync();

    /** As {@link #readAsync()}; the future fails with a {@link LockTimeoutException} after {@code timeout}. */
    CompletableFuture<Hold> readAsync(Duration timeout);

    /** As {@link #writeAsync()}; the future fails with a {@link LockTimeoutException} after {@code timeout}. */
    CompletableFuture<Hold> writeAsync(Duration timeout);

    /**
     * A stamp for an optimistic read, or 0 if there is a writer. Read the data, copy what is needed, and use the copy
     * only if {@link #validate} says so. Waits for nobody, and nobody waits for it.
     */
    long tryOptimisticRead();

    /** Whether no write hold was granted since {@code stamp} was; false for 0. */
    boolean validate(long stamp);

    /**
     * The same lock as {@code java.util.concurrent} knows it: owned by threads, counted, nothing allocated. Conditions
     * are not supported. Its unlock by a thread that does not hold it throws {@link IllegalMonitorStateException}.
     */
    ReadWriteLock asReadWriteLock();

    /**
     * As {@link #asReadWriteLock}, for the calling thread only, and cheaper by a look-up of the thread; keep it for a
     * thread's loop.
     */
    ReadWriteLock ofCurrentThread();

    /** Who holds the lock and who waits for it, as far as that can be seen; a snapshot. */
    List<LockParty> parties();

    /** The lock's state for people to read. */
    String describe();

    /**
     * Refuses further acquisitions and wakes who waits (they throw). Holds stay valid until they are closed; the last
     * one to go ends the lock. Idempotent, never blocks.
     */
    @Override
    void close();
}
