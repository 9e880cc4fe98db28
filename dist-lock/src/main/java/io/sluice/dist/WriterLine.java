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

    /** The lock was left to one of them: the first one, or one that is over and takes it back. */
    void handOver(Answer.HandOver handOver) {
        Acquisition first = first();
        if (first != null && first.id().equals(handOver.id())) {
            first.handedOver(handOver.grant());
        } else {
            ring();
        }
    }

    private synchronized @Nullable Acquisition first() {
        return line.peek();
    }

    synchronized List<Acquisition> all() {
        return List.copyOf(line);
    }
}
