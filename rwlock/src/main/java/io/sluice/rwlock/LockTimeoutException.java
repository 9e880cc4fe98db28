package io.sluice.rwlock;

/** A lock was not to be had in time. The message names the lock and who is in the way. Trying again may help. */
public final class LockTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LockTimeoutException(String message) {
        super(message);
    }
}
