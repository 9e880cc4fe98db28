package io.sluice.dist;

/**
 * A value that refuses who lost its lock. It keeps the highest token that it was shown, and compares it in the same
 * atomic step as it writes: a holder that was paused beyond its lease, and writes when somebody else has long been
 * granted the lock, is refused, whatever it believes. A check made before the write, or kept by each process for itself,
 * cannot do that.
 *
 * <pre>
 *   try (Hold hold = lock.write()) {
 *       resource.fence(hold.token());                          // from here on nobody older writes
 *       resource.write(hold.token(), change(resource.read()));
 *   }
 * </pre>
 *
 * <p>All tokens come from one lock. Thread-safe.
 */
public interface FencedResource extends AutoCloseable {
    /** Highest token that a resource takes. */
    long MAX_TOKEN = (1L << 53) - 1;

    String name();

    /**
     * Replaces the value, unless the resource has been shown a higher token than {@code token}, which becomes the
     * highest. May be done again with the same token.
     *
     * @param token of the hold that covers this write, 1 to {@link #MAX_TOKEN}
     * @throws StaleTokenException if there was a higher one; the value is as before
     * @throws IllegalArgumentException if the token is out of range or the value too long
     */
    void write(long token, byte[] value);

    /**
     * Shows the resource a token without writing. Do so before reading what the new value is made of: from then on no
     * older holder can change it.
     *
     * @throws StaleTokenException if there was a higher one
     * @throws IllegalArgumentException if the token is out of range
     */
    void fence(long token);

    /** The value of the last write; empty before the first. */
    byte[] read();

    /** The highest token that the resource was shown; 0 before the first. */
    long token();

    /** Gives back what this object needs; the resource stays. Idempotent. */
    @Override
    void close();
}
