package io.sluice.rwlock;

/** What the lock's procedures need beside the shared words: the kernel's word on who lives, sleep, and the process. */
interface Surroundings {
    /** Whether the participant lives; false is final. */
    boolean isAlive(long owner);

    /**
     * Sees to it that the participant's death wakes the sleepers of this process; whether it lives. True may be outdated
     * by a death whose wake is under way, so it is enough for who sleeps next; without a system call while nobody dies.
     */
    boolean watch(long owner);

    /** Sleeps while the word at {@code offset} holds {@code expected}; may return early. */
    void sleep(int offset, int expected, long nanos);

    /** Wakes the sleepers on the word at {@code offset}, in all processes. */
    void wake(int offset);

    /** Makes the caller the one thread that acts for its process among the writers, if there is none. */
    boolean tryRepresent();

    /** Ends that. */
    void stopRepresenting();

    /** Whether another thread of this process waits to represent it. */
    boolean isWriterQueued();

    /** Whether the lock is being closed and waits must end. */
    boolean isClosed();

    /** How long to spin before a sleep, nanoseconds. */
    long spinNanos();

    /** Holders and waiters that died were cleared away by this process. */
    void recovered(String what, long owner);
}
