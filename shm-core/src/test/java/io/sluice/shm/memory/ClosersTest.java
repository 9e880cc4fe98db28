package io.sluice.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClosersTest {
    private final Closers closers = new Closers();
    private final AtomicInteger runs = new AtomicInteger();
    private final Runnable child = runs::incrementAndGet;

    @Test
    void close_first_isTrueThenFalse() {
        assertThat(closers.isClosed()).isFalse();
        assertThat(closers.close()).isTrue();
        assertThat(closers.close()).isFalse();
        assertThat(closers.isClosed()).isTrue();
    }

    @Test
    void closeAll_children_runsEachAndTheLast() {
        AtomicInteger last = new AtomicInteger();
        closers.add(child);
        closers.add(() -> runs.addAndGet(10));
        closers.close();
        closers.closeAll(() -> last.set(runs.get()));

        assertThat(last).hasValue(11);
    }

    @Test
    void add_closed_runsTheChildAtOnce() {
        closers.close();
        closers.add(child);

        assertThat(runs).hasValue(1);
        assertThat(closers.remove(child)).isTrue();
    }

    @Test
    void remove_childThatWasRemoved_isFalse() {
        closers.add(child);

        assertThat(closers.remove(child)).isTrue();
        assertThat(closers.remove(child)).isFalse();
        closers.close();
        closers.closeAll(() -> {});
        assertThat(runs).hasValue(0);
    }

    @Test
    void closeAll_childrenThrow_runsAllAndThrowsTheFirst() {
        for (int i = 0; i < 3; i++) {
            closers.add(new Runnable() {
                @Override
                public void run() {
                    throw new IllegalStateException("child");
                }
            });
        }
        closers.add(child);
        closers.close();

        assertThatThrownBy(() -> closers.closeAll(() -> runs.addAndGet(10)))
                .hasMessage("child")
                .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(2));
        assertThat(runs).hasValue(11);
    }
}
