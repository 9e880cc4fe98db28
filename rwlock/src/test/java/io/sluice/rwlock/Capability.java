package io.sluice.rwlock;

/** What an implementation of {@link FencedReadWriteLock} can do. {@link LockContract} tests it for exactly that. */
public enum Capability {
    /** A thread that holds the lock may acquire it again. */
    RE_ENTRANT,
    /** {@link FencedReadWriteLock#tryOptimisticRead} gives stamps; else it is always 0. */
    OPTIMISTIC_READ,
    /** A hold is valid until it is closed, and {@link Hold#onLost} never runs its action. */
    NEVER_LOST,
    /** What a killed process held is free at once, and the next writer is told of it. */
    SURVIVES_DEATH,
    /** {@link FencedReadWriteLock#parties} and the messages of time-outs name who holds and who waits. */
    LISTS_PARTIES,
    /** Can be told after how many writers waiting readers get in; else strictly prefers writers. */
    READERS_AFTER,
    /** An asynchronous request for a free lock is granted before the call returns; else soon after. */
    GRANTS_AT_ONCE,
    /** A virtual thread that waits leaves its carrier to others. */
    VIRTUAL_THREADS
}
