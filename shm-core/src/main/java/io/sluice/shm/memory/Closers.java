package io.sluice.shm.memory;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What is to be closed with its parent. Thread-safe: what is added after {@link #close} is closed at once. */
public final class Closers {
    private final Set<Runnable> closers = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Adds a child; runs it, in this thread, if the parent is closed. It is then still to be removed. */
    public void add(Runnable closer) {
        closers.add(closer);
        if (closed) {
            closer.run();
        }
    }

    /** Takes a child out that was closed on its own; false if it is not, or no longer, a child. */
    public boolean remove(Runnable closer) {
        return closers.remove(closer);
    }

    public boolean isClosed() {
        return closed;
    }

    /** From here on there is nothing to add; false if it was so already. */
    public synchronized boolean close() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /** Closes all children, then runs {@code last}, whatever they throw; the first failure is thrown at the end. */
    public void closeAll(Runnable last) {
        @Nullable RuntimeException failure = null;
        for (Runnable closer : closers) {
            failure = run(closer, failure);
        }
        failure = run(last, failure);
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException run(Runnable closer, @Nullable RuntimeException failure) {
        try {
            closer.run();
        } catch (RuntimeException e) {
            if (failure == null) {
                return e;
            }
            failure.addSuppressed(e);
        }
        return failure;
    }
}
