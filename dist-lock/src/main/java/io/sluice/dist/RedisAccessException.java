package io.sluice.dist;

/** Redis refuses the client: a wrong password, none, or no permission for the lock's keys, channels or commands. Trying again does
 * not help. */
public final class RedisAccessException extends RedisLockException {
    private static final long serialVersionUID = 1;

    RedisAccessException(String what, Place place, Throwable cause) {
        super(what, place, cause);
    }
}
