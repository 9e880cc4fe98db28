package io.sluice.dist;

/**
 * Redis did not do what the lock asked of it. The subclasses are for callers that would act differently; this class
 * itself is an answer that none of them fits. The message names the lock, the address and what Redis or the client said.
 */
public class RedisLockException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String lock;
    private final String address;

    RedisLockException(String what, Place place, Throwable cause) {
        super(
                what + ": lock=" + place.lock() + ", address=" + place.address() + ", cause="
                        + cause.getClass().getSimpleName() + ": " + cause.getMessage(),
                cause);
        this.lock = place.lock();
        this.address = place.address();
    }

    RedisLockException(String what, Place place, String detail) {
        super(what + ": lock=" + place.lock() + ", address=" + place.address() + ", " + detail);
        this.lock = place.lock();
        this.address = place.address();
    }

    /** Name of the lock. */
    public final String lock() {
        return lock;
    }

    /** Of Redis, as the client was configured; several are separated by commas. */
    public final String address() {
        return address;
    }

    /** Which lock, and where. */
    record Place(String lock, String address) {}
}
