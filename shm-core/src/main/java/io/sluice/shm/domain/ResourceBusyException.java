package io.sluice.shm.domain;

/** A live participant uses the resource. The message names it; try again when it has gone. */
public final class ResourceBusyException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public ResourceBusyException(String message) {
        super(message);
    }
}
