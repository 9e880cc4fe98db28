package io.sluice.rwlock;

/**
 * A writer died in its section, and what the lock protects may be torn. Nobody reads until a write hold has mended it
 * and said so ({@link Hold#markConsistent}), or a repair callback has.
 */
public final class InconsistentDataException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public InconsistentDataException(String message) {
        super(message);
    }
}
