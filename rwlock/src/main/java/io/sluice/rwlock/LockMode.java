package io.sluice.rwlock;

/** How a lock is held or asked for. */
public enum LockMode {
    /** Shared with other readers. */
    READ,
    /** Alone. */
    WRITE
}
