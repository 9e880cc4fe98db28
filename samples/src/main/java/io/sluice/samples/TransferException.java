package io.sluice.samples;

/** A transfer did not come to its end; the message is for the user, the exit code for the script. */
final class TransferException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitCode;

    TransferException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
