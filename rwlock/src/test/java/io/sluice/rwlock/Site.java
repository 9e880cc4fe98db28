package io.sluice.rwlock;

/** A place where actors share one lock object: this JVM, or a part of it, or another JVM. */
public interface Site extends AutoCloseable {
    /** Starts an actor on a thread called {@code name}: no space, at most 15 bytes, no other thread's here. */
    Actor actor(String name) throws Exception;

    /** Closes the lock, ends the actors and closes the holds that they left; fails if an actor does not end. */
    @Override
    void close() throws Exception;
}
