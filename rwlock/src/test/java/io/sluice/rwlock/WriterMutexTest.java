package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.Stress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who represents its process among the writers. */
class WriterMutexTest {
    private static final int ROUNDS = Stress.choose(5_000, 200_000);

    /** Else the bit that was left for it would keep the gate closed for as long as the process lives. */
    @Test
    void close_asAWaiterGetsIn_leavesTheMutexToItOrFree() throws Exception {
        ExecutorService waiters = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                WriterMutex mutex = new WriterMutex();
                assertThat(mutex.tryAcquire()).isTrue();
                Future<Outcome> waiter = waiters.submit(() -> mutex.acquire(Patience.unlimited()));
                while (!mutex.isWaitedFor() && !waiter.isDone()) {
                    Thread.onSpinWait();
                }
                mutex.release();
                mutex.close();
                Outcome outcome = waiter.get(20, TimeUnit.SECONDS);
                assertThat(mutex.tryAcquireAnyhow())
                        .as("free: round=%d, outcome=%s", round, outcome)
                        .isEqualTo(outcome == Outcome.CLOSED);
            }
        } finally {
            waiters.shutdownNow();
        }
    }
}
