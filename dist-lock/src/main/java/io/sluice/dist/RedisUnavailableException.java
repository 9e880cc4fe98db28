package io.sluice.dist;

/** Redis cannot be reached, is not ready, or too few of its replicas have answered. Nothing is held. Trying later may help. */
public final class RedisUnavailableException extends RedisLockException {
    private static final long serialVersionUID = 1;

    RedisUnavailableException(String what, Place place, Throwable cause) {
        super(what, place, cause);
    }

    RedisUnavailableException(String what, Place place, String detail) {
        super(what, place, detail);
    }
}
