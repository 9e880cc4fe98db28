package io.sluice.dist;

/** The request was sent, and no answer came in time. Nothing is held by the caller; what the request may have left in Redis is taken
 * back as soon as Redis answers, and ends by itself with one lease. Trying again is safe. */
public final class RedisOutcomeUnknownException extends RedisLockException {
    private static final long serialVersionUID = 1;

    RedisOutcomeUnknownException(String what, Place place, Throwable cause) {
        super(what, place, cause);
    }

    RedisOutcomeUnknownException(String what, Place place, String detail) {
        super(what, place, detail);
    }
}
