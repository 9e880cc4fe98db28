package io.sluice.rwlock;

/**
 * Makes the data whole again after a death. Runs under the write lock, in the thread that was about to get in, before
 * anybody else gets in. It may be killed, and then runs again in another process: let it be idempotent.
 */
@FunctionalInterface
public interface Repair {
    /**
     * Mends the data. If it throws, the data counts as torn still, and the exception goes to the acquirer.
     *
     * @param deaths who died
     */
    void mend(Deaths deaths);

    /**
     * What happened.
     *
     * @param writerDied a writer died in its section: its changes may be half done
     * @param readersDied readers died while they held the lock
     */
    record Deaths(boolean writerDied, boolean readersDied) {}
}
