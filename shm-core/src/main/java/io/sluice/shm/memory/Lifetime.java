package io.sluice.shm.memory;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the users of a resource and ends it when the last one has gone. Starts with one user. Thread-safe; the last
 * {@link #release} runs the end in its own thread.
 */
public final class Lifetime {
    private final AtomicInteger users = new AtomicInteger(1);
    private final Runnable end;

    public Lifetime(Runnable end) {
        this.end = end;
    }

    /** Adds a user; false if the resource has already ended. */
    public boolean retain() {
        int count;
        do {
            count = users.get();
            if (count <= 0) {
                return false;
            }
        } while (!users.compareAndSet(count, count + 1));
        return true;
    }

    /** Takes a user away. */
    public void release() {
        int left = users.decrementAndGet();
        if (left == 0) {
            end.run();
        } else if (left < 0) {
            throw new IllegalStateException("released more often than retained: users=" + left);
        }
    }
}
