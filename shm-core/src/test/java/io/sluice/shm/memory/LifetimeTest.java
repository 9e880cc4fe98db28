package io.sluice.shm.memory;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.testing.Conditions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LifetimeTest {
    private final AtomicInteger ends = new AtomicInteger();
    private final Lifetime lifetime = new Lifetime(ends::incrementAndGet);

    @Test
    void release_onlyUser_ends() {
        assertThat(ends).hasValue(0);
        lifetime.release();

        assertThat(ends).hasValue(1);
    }

    @Test
    void release_usersAreLeft_doesNotEnd() {
        assertThat(lifetime.retain()).isTrue();
        lifetime.release();
        assertThat(ends).hasValue(0);

        lifetime.release();
        assertThat(ends).hasValue(1);
    }

    @Test
    void retain_ended_isRefused() {
        lifetime.release();

        assertThat(lifetime.retain()).isFalse();
        assertThat(ends).hasValue(1);
    }

    @Test
    void release_oftenerThanRetained_saysSo() {
        lifetime.release();

        assertThatThrownBy(lifetime::release)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("released more often than retained: users=-1");
        assertThat(ends).hasValue(1);
    }

    @Test
    void retain_afterOneReleaseTooMany_isRefused() {
        lifetime.release();
        assertThatThrownBy(lifetime::release).isInstanceOf(IllegalStateException.class);

        assertThat(lifetime.retain()).isFalse();
    }

    @Test
    void retainAndRelease_manyThreads_endsOnceAfterTheLastUser() throws Exception {
        for (int round = 0; round < 200; round++) {
            AtomicInteger users = new AtomicInteger();
            AtomicReference<String> wrong = new AtomicReference<>("");
            AtomicInteger count = new AtomicInteger();
            Lifetime shared = new Lifetime(() -> {
                count.incrementAndGet();
                if (users.get() != 0) {
                    wrong.set("ended under " + users + " users");
                }
            });
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread thread = new Thread(() -> use(shared, users));
                thread.start();
                threads.add(thread);
            }
            shared.release();
            for (Thread thread : threads) {
                Conditions.join(thread, ofSeconds(10));
            }
            assertThat(wrong).hasValue("");
            assertThat(count).hasValue(1);
        }
    }

    private static void use(Lifetime shared, AtomicInteger users) {
        for (int i = 0; i < 1_000 && shared.retain(); i++) {
            users.incrementAndGet();
            users.decrementAndGet();
            shared.release();
        }
    }
}
