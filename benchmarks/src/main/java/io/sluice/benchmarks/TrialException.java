package io.sluice.benchmarks;

/** A repetition that gave no result: a process failed, timed out, or received what was not sent. */
final class TrialException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TrialException(String message) {
        super(message);
    }

    TrialException(String message, Throwable cause) {
        super(message, cause);
    }
}
