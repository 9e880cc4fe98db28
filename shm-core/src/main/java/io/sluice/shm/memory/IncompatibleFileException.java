package io.sluice.shm.memory;

import java.io.IOException;

/** A file exists under the wanted name but cannot be used by this process. The message says why, with both values. */
public final class IncompatibleFileException extends IOException {
    private static final long serialVersionUID = 1;

    /** What does not fit. */
    public enum Reason {
        /** Shorter than its header or than the length in its header. */
        TRUNCATED,
        /** Not a Sluice file of the wanted kind. */
        FOREIGN,
        /** Written by a machine of the other byte order. */
        BYTE_ORDER,
        /** Another version of the format. */
        VERSION,
        /** The same version, but another layout. */
        LAYOUT,
        /** Another size or capacity. */
        SIZE,
        /** Left from before the last boot of this machine: nobody who used it lives. Delete it. */
        BOOT,
        /** A value in the header is outside its range. */
        DAMAGED,
        /** This process runs with a setting that the file's users do not share. */
        SETTING
    }

    private final Reason reason;

    public IncompatibleFileException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
