package io.sluice.dist;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this lock object that wait to write, in the order of their coming. The first one stands for all in
 * Redis; the next asks when it is over. Thread-safe.
 */
final class WriterLine {
    private final ArrayDeque<Acquisition> line = new ArrayDeque<>();

    void enter(Acquisition request) {
        boolean first;
        synchronized (this) {
            line.add(request);
            first = line.peek() == request;
        }
        if (first) {
            request.ask();
        }
    }

    /** The request is over. */
    void leave(Acquisition request) {
        Acquisition next;
        synchronized (this) {
            boolean first = line.peek() == request;
            line.remove(request);
            next = first ? line.peek() : null;
        }
        if (next != null) {
            next.ask();
        }
    }

    /** Wakes the first one. */
    void ring() {
        Acquisition first = first();
        if (first != null) {
            first.ask();
        }
    }

    private synchronized @Nullable Acquisition first() {
        return line.peek();
    }

    synchronized List<Acquisition> all() {
        return List.copyOf(line);
    }
}
