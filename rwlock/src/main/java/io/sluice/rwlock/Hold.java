package io.sluice.rwlock;

/**
 * Ownership of a lock, until it is closed. One small object for each acquisition, never pooled. Any thread may use and
 * close it.
 *
 * <p>A hold that was taken by a waiting or trying call is also counted for the thread that took it: until it is closed,
 * by whomever, that thread's further acquisitions are re-entry. An asynchronous hold is counted for nobody; nested
 * acquisition under it is {@link #read()}.
 */
public interface Hold extends AutoCloseable {
    /** Whether it excludes readers. */
    LockMode mode();

    /**
     * The fencing token: higher with every write acquisition of the lock, also after the lock was deleted or the machine
     * was booted. That of a read hold is the token of the last write acquisition that it can see.
     */
    long token();

    /**
     * Whether this hold still protects: false once it is closed, and, where the reach of the lock cannot do better
     * (leases), once it is lost.
     */
    boolean isValid();

    /**
     * Does nothing while the hold is valid.
     *
     * @throws IllegalStateException if it is closed or lost
     */
    void ensureValid();

    /**
     * Has {@code action} run once if the hold is lost before it is closed. On the heap and in shared memory a hold is
     * never lost.
     */
    void onLost(Runnable action);

    /**
     * One more read hold, under this one's protection: never waits, whatever waits at the gate. It may outlive this
     * hold, and is counted for no thread.
     *
     * @throws IllegalStateException if this hold is closed or lost
     */
    Hold read();

    /**
     * Turns a write hold into a read hold: no writer gets in between. This hold is closed.
     *
     * @throws IllegalStateException if this is a read hold, or is closed or lost
     */
    Hold downgrade();

    /**
     * Whether a writer died inside its section and nobody has mended the data since: the data may be torn. Only ever
     * true of a write hold.
     */
    boolean previousOwnerDied();

    /** Whether readers died while they held the lock, since the last write hold. Only ever true of a write hold. */
    boolean readersDied();

    /**
     * Says that the data is whole again after {@link #previousOwnerDied()}: readers are let in after this hold. Without
     * it they stay refused.
     *
     * @throws IllegalStateException if this is a read hold, or is closed or lost
     */
    void markConsistent();

    /** Releases the hold. Idempotent, never blocks. */
    @Override
    void close();
}
