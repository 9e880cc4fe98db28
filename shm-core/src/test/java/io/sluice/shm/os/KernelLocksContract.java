package io.sluice.shm.os;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What both forms of kernel locks hold to, within a process and between processes. */
@Tag("process")
abstract class KernelLocksContract {
    private static final int MODE = 0600;

    private final TemporaryDomain directory = new TemporaryDomain();
    private final Path file = directory.parent().resolve("lock");
    private final KernelLocks locks;

    KernelLocksContract(KernelLocks locks) {
        this.locks = locks;
    }

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    @Test
    void tryLock_missingFile_createsItWithTheMode() throws IOException {
        KernelLocks.Held held = locks.tryLock(file, MODE);

        assertThat(held).isNotNull();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        held.close();
    }

    @Test
    void tryLock_heldByThisProcess_isRefused() throws IOException {
        try (KernelLocks.Held held = locks.tryLock(file, MODE)) {
            assertThat(held).isNotNull();
            assertThat(locks.tryLock(file, MODE)).isNull();
        }
    }

    @Test
    void tryLock_heldByAnotherProcess_isRefusedUntilItReleases() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            assertThat(locks.tryLock(file, MODE)).isNull();

            peer.release(file);
            KernelLocks.Held held = locks.tryLock(file, MODE);

            assertThat(held).isNotNull();
            assertThat(peer.tryLock(file)).isFalse();
            held.close();
        }
    }

    @Test
    void tryLock_symbolicLink_isRefused() throws IOException {
        Path target = Files.createFile(directory.parent().resolve("target"));
        Files.createSymbolicLink(file, target);

        assertThatThrownBy(() -> locks.tryLock(file, MODE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
    }

    @Test
    void tryLock_interruptedThread_worksAndStaysInterrupted() throws IOException {
        Thread.currentThread().interrupt();
        KernelLocks.Held held = locks.tryLock(file, MODE);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(held).isNotNull();
        held.close();
    }

    @Test
    void close_twice_doesNotReleaseTheNextHolder() throws Exception {
        KernelLocks.Held first = locks.tryLock(file, MODE);
        assertThat(first).isNotNull();
        first.close();
        try (KernelLocks.Held next = locks.tryLock(file, MODE);
                LockPeer peer = LockPeer.start(locks)) {
            assertThat(next).isNotNull();
            first.close();

            assertThat(locks.isHeld(file)).isTrue();
            assertThat(peer.isHeld(file)).isTrue();
        }
    }

    @Test
    void isHeld_missingFile_isFalse() throws IOException {
        assertThat(locks.isHeld(file)).isFalse();
        assertThat(file).doesNotExist();
    }

    @Test
    void isHeld_fileThatNobodyLocks_isFalse() throws IOException {
        Files.createFile(file);

        assertThat(locks.isHeld(file)).isFalse();
    }

    @Test
    void isHeld_ownLock_isTrueAndDoesNotDropIt() throws Exception {
        try (KernelLocks.Held held = locks.tryLock(file, MODE);
                LockPeer peer = LockPeer.start(locks)) {
            assertThat(held).isNotNull();
            assertThat(locks.isHeld(file)).isTrue();

            assertThat(peer.isHeld(file)).isTrue();
            assertThat(peer.tryLock(file)).isFalse();
        }
    }

    @Test
    void isHeld_fromAnotherProcess_seesTheLock() throws Exception {
        try (KernelLocks.Held held = locks.tryLock(file, MODE);
                LockPeer peer = LockPeer.start(locks)) {
            assertThat(held).isNotNull();
            assertThat(peer.isHeld(file)).isTrue();

            held.close();
            assertThat(peer.isHeld(file)).isFalse();
        }
    }

    /** A watcher has such a lock from the moment in which a watched one dies until it has closed its descriptor. */
    @Test
    void isHeld_onlyTheReadLockOfAWatcher_isFalse() throws Exception {
        Files.createFile(file);
        try (LockPeer peer = LockPeer.start(locks)) {
            peer.lockShared(file);

            assertThat(locks.isHeld(file)).isFalse();
        }
    }

    @Test
    void isHeld_twoThreadsAtOnce_bothFindAFreeFileFree() throws Exception {
        Files.createFile(file);
        AtomicInteger wrong = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch start = new CountDownLatch(2);
        Runnable prober = () -> {
            try {
                start.countDown();
                start.await();
                for (int i = 0; i < 2_000; i++) {
                    if (locks.isHeld(file)) {
                        wrong.incrementAndGet();
                    }
                }
            } catch (IOException | InterruptedException e) {
                failure.set(e);
            }
        };
        Thread other = new Thread(prober, "other-prober");
        other.start();
        prober.run();
        Conditions.join(other, ofSeconds(30));

        assertThat(failure.get()).isNull();
        assertThat(wrong).hasValue(0);
    }

    @Test
    void isHeld_interruptedThread_answersAndStaysInterrupted() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            Thread.currentThread().interrupt();
            boolean held = locks.isHeld(file);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(held).isTrue();
        }
    }

    @Test
    @Tag("kill")
    void awaitRelease_holderIsKilled_returnsWithinASecond() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            Thread waiter = awaitingRelease();
            Conditions.awaitBlocked(waiter, ofSeconds(10));

            peer.jvm().kill();

            Conditions.join(waiter, ofSeconds(1));
            assertThat(locks.isHeld(file)).isFalse();
        }
    }

    @Test
    @Tag("kill")
    void awaitRelease_holderIsStopped_goesOnWaiting() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            Thread waiter = awaitingRelease();
            peer.jvm().stop();

            waiter.join(300);

            assertThat(waiter.isAlive()).isTrue();
            assertThat(locks.isHeld(file)).isTrue();
            peer.jvm().kill();
            Conditions.join(waiter, ofSeconds(1));
        }
    }

    private Thread awaitingRelease() {
        Thread waiter = new Thread(
                () -> {
                    try {
                        locks.awaitRelease(file, () -> true);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                "release-waiter");
        waiter.setDaemon(true);
        waiter.start();
        return waiter;
    }

    @Test
    void awaitRelease_nobodyHolds_returnsAtOnce() throws IOException {
        Files.createFile(file);

        locks.awaitRelease(file, () -> true);
    }

    @Test
    void awaitRelease_missingFile_returnsAtOnce() throws IOException {
        locks.awaitRelease(file, () -> true);

        assertThat(file).doesNotExist();
    }

    @Test
    @Tag("kill")
    void kill_holder_lockIsFreeWithinASecond() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            peer.jvm().kill();

            Conditions.await("lock is free", ofSeconds(1), () -> !locks.isHeld(file));
            KernelLocks.Held held = locks.tryLock(file, MODE);
            assertThat(held).isNotNull();
            held.close();
        }
    }

    @Test
    @Tag("kill")
    void kill_holderWithALivingChildOfProcessBuilder_lockIsFree() throws Exception {
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            long child = peer.forkByJava();
            peer.jvm().kill();

            assertFreeWhileChildLives(child);
        }
    }

    /** Native code closes no descriptors when it forks: only O_CLOEXEC keeps the child from inheriting the lock. */
    @Test
    @Tag("kill")
    void kill_holderWithALivingChildOfNativeCode_lockIsFree() throws Exception {
        Path pidFile = directory.parent().resolve("pid");
        try (LockPeer peer = LockPeer.start(locks)) {
            assertThat(peer.tryLock(file)).isTrue();
            peer.forkByNativeCode(pidFile);
            long child = Long.parseLong(Files.readString(pidFile).strip());
            peer.jvm().kill();

            assertFreeWhileChildLives(child);
        }
    }

    private void assertFreeWhileChildLives(long child) throws Exception {
        ProcessHandle handle = ProcessHandle.of(child).orElseThrow();
        try {
            Conditions.await("lock is free", ofSeconds(1), () -> !locks.isHeld(file));
            assertThat(handle.isAlive()).isTrue();
        } finally {
            handle.destroyForcibly();
        }
    }

    /** The lock of one process as the other form sees it. */
    void assertExcludesProcessWith(KernelLocks otherForm) throws Exception {
        try (LockPeer peer = LockPeer.start(otherForm)) {
            try (KernelLocks.Held held = locks.tryLock(file, MODE)) {
                assertThat(held).isNotNull();
                assertThat(peer.isHeld(file)).isTrue();
                assertThat(peer.tryLock(file)).isFalse();
            }
            assertThat(peer.tryLock(file)).isTrue();
            assertThat(locks.isHeld(file)).isTrue();
            assertThat(locks.tryLock(file, MODE)).isNull();
        }
    }
}
