package io.sluice.dist;

/** The server is a replica that takes no writes: a failover is under way, or the client is connected to the wrong node. */
public final class RedisReadOnlyException extends RedisLockException {
    private static final long serialVersionUID = 1;

    RedisReadOnlyException(String what, Place place, Throwable cause) {
        super(what, place, cause);
    }
}
