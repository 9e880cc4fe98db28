package io.sluice.dist;

/** Redis has no memory for the lock's keys. Holds that exist can still be released. */
public final class RedisMemoryException extends RedisLockException {
    private static final long serialVersionUID = 1;

    RedisMemoryException(String what, Place place, Throwable cause) {
        super(what, place, cause);
    }
}
