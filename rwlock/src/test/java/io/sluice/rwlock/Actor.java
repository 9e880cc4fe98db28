package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A thread that obeys text commands on a lock, one at a time, and answers with text: a result, or the simple name of an
 * exception's class and its message. {@link LockCommands} lists the commands. Every wait is bounded.
 */
public interface Actor {
    /** What a command answers that got or did what it was to. */
    String DONE = "done";

    /** What a trying command answers that got nothing. */
    String REFUSED = "refused";

    /** Ends the answer of a command that left the thread's interrupt status set; it is cleared then. */
    String INTERRUPTED = " interrupted";

    /** Of the thread. */
    String name();

    /** Begins a command. */
    void start(String command) throws Exception;

    /** Whether the last command has ended. */
    boolean hasAnswered();

    /** The answer to the last command; waits for it. */
    String answer() throws Exception;

    /** Waits until the thread sleeps inside the command. */
    void awaitBlocked() throws Exception;

    void interrupt() throws Exception;

    /** The answer to {@code command}. */
    default String ask(String command) throws Exception {
        start(command);
        return answer();
    }

    /** Has {@code command} done; an AssertionError if it is not. */
    default void does(String command) throws Exception {
        assertThat(ask(command)).as("%s: %s", name(), command).isEqualTo(DONE);
    }

    /** Begins {@code command}, which has to wait. */
    default void waitsFor(String command) throws Exception {
        start(command);
        awaitBlocked();
    }

    /** Waits until the command that was begun has been done. */
    default void getsIn() throws Exception {
        assertThat(answer()).as(name()).isEqualTo(DONE);
    }
}
