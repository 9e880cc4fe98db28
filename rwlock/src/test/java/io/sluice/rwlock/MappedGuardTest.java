package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.ChannelGuard;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lanes that a channel's publications have of its guard, beside what their thread holds of the lock. */
@Timeout(20) // less than LONG_NANOS: who is refused must not have waited
class MappedGuardTest {
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final TemporaryDomain directory = new TemporaryDomain();
    private Domain domain;
    private MappedReadWriteLock lock;
    private ChannelGuard guard;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
        lock = MappedReadWriteLock.named("guard").open(domain);
        guard = new MappedGuard(lock);
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private void whileWriting(Runnable section) {
        Lock write = lock.asReadWriteLock().writeLock();
        write.lock();
        try {
            section.run();
        } finally {
            write.unlock();
        }
    }

    private static void fail() {
        throw new AssertionError("ran under the read side");
    }

    @Test
    void tryExclusive_underAnOwnLane_isRefusedAtOnce() {
        try (ChannelGuard.Lane lane = guard.lane()) {
            assertThat(lane.tryEnter()).isTrue();
            assertThat(guard.tryExclusive(LONG_NANOS, MappedGuardTest::fail)).isFalse();
            lane.exit();
            boolean[] ran = new boolean[1];
            assertThat(guard.tryExclusive(LONG_NANOS, () -> ran[0] = true)).isTrue();
            assertThat(ran[0]).isTrue();
        }
    }

    @Test
    void lockWrite_underAnOwnLane_wouldWaitForItself() {
        try (ChannelGuard.Lane lane = guard.lane()) {
            assertThat(lane.tryEnter()).isTrue();
            Lock write = lock.asReadWriteLock().writeLock();
            assertThatIllegalStateException().isThrownBy(() -> write.tryLock(5, TimeUnit.SECONDS));
            lane.exit();
            whileWriting(() -> {});
        }
    }

    @Test
    void tryEnter_underTheThreadsOwnWriteLock_isAllowed() {
        try (ChannelGuard.Lane lane = guard.lane()) {
            whileWriting(() -> {
                assertThat(lane.tryEnter()).isTrue();
                lane.exit();
            });
            assertThat(lane.tryEnter()).isTrue();
            lane.exit();
        }
    }

    @Test
    void tryEnter_underAnotherThreadsWriteLock_isRefused() {
        boolean[] entered = new boolean[1];
        whileWriting(() -> entered[0] =
                CompletableFuture.supplyAsync(this::entersElsewhere).join());
        assertThat(entered[0]).isFalse();
        assertThat(CompletableFuture.supplyAsync(this::entersElsewhere).join()).isTrue();
    }

    private boolean entersElsewhere() {
        try (ChannelGuard.Lane lane = guard.lane()) {
            boolean entered = lane.tryEnter();
            if (entered) {
                lane.exit();
            }
            return entered;
        }
    }

    @Test
    void lanes_twoOfOneThread_doNotInterfere() {
        try (ChannelGuard.Lane first = guard.lane();
                ChannelGuard.Lane second = guard.lane()) {
            assertThat(first.tryEnter()).isTrue();
            assertThat(second.tryEnter()).isTrue();
            first.exit();
            assertThat(guard.tryExclusive(LONG_NANOS, MappedGuardTest::fail)).isFalse();
            second.exit();
            assertThat(guard.tryExclusive(LONG_NANOS, () -> {})).isTrue();
        }
    }

    @Test
    void lanes_moreThanThePoolHas_shareTheThreads() {
        ChannelGuard.Lane[] lanes = new ChannelGuard.Lane[300];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = guard.lane();
            assertThat(lanes[i].tryEnter()).isTrue();
        }
        assertThat(guard.tryExclusive(LONG_NANOS, MappedGuardTest::fail)).isFalse();
        for (ChannelGuard.Lane lane : lanes) {
            lane.exit();
            lane.close();
        }
        assertThat(guard.tryExclusive(LONG_NANOS, () -> {})).isTrue();
    }

    @Test
    void close_withALane_theLockStaysUntilThatIsClosed() throws IOException {
        ChannelGuard.Lane lane = guard.lane();
        assertThat(lane.tryEnter()).isTrue();
        guard.close();
        lane.exit(); // its memory is still there
        lane.close();
        lock = MappedReadWriteLock.named("guard").open(domain);
        assertThat(new MappedGuard(lock).tryExclusive(LONG_NANOS, () -> {})).isTrue();
    }
}
