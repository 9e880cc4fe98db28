package io.sluice.shm.os;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.sluice.shm.testing.Conditions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FutexTest {
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(30);

    @BeforeEach
    void needNatives() {
        assumeTrue(Natives.available(), Natives::reason);
    }

    @Test
    void await_wordHoldsAnotherValue_returnsAtOnce() {
        try (Memory word = word(7)) {
            long start = System.nanoTime();
            new Futex(Pointer.nativeValue(word)).await(8, LONG_NANOS);

            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void await_nobodyWakes_endsAfterTheTime() {
        try (Memory word = word(7)) {
            long nanos = TimeUnit.MILLISECONDS.toNanos(20);
            long start = System.nanoTime();
            long waited = 0;
            while (waited < nanos) { // may end early
                new Futex(Pointer.nativeValue(word)).await(7, nanos - waited);
                waited = System.nanoTime() - start;
            }

            assertThat(waited).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void wake_sleeper_returnsWithinASecond() throws Exception {
        try (Memory word = word(7)) {
            Thread sleeper = new Thread(
                    () -> {
                        while (word.getInt(0) == 7) {
                            new Futex(Pointer.nativeValue(word)).await(7, LONG_NANOS);
                        }
                    },
                    "futex-sleeper");
            sleeper.start();
            Conditions.awaitBlocked(sleeper, ofSeconds(10));

            word.setInt(0, 8);
            Futex.wake(Pointer.nativeValue(word));

            Conditions.join(sleeper, ofSeconds(1));
        }
    }

    @Test
    void wake_nobodySleeps_isHarmless() {
        try (Memory word = word(7)) {
            Futex.wake(Pointer.nativeValue(word));

            assertThat(word.getInt(0)).isEqualTo(7);
        }
    }

    @Test
    void await_wordIsNotAligned_saysTheErrorNumber() {
        try (Memory word = word(7)) {
            Futex futex = new Futex(Pointer.nativeValue(word) + 1);

            assertThatThrownBy(() -> futex.await(0, LONG_NANOS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("futex wait failed: errno=22");
        }
    }

    private static Memory word(int value) {
        Memory word = new Memory(64);
        word.clear();
        word.setInt(0, value);
        return word;
    }
}
