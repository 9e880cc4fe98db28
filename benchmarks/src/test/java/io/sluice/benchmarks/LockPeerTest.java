package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LockPeerTest {
    private static final int THREADS = 2;
    private static final int PAIRS = 2_000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"FILE_LOCK", "NONE"})
    void access_byTwoThreads_excludes(LockPeer peer) throws Exception {
        GuardedPair pair = new HeapPair();
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try (MeasuredLock lock = peer.open(directory)) {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                tasks.add(() -> pairs(lock.access(), pair));
            }
            for (Future<Void> done : executor.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            executor.shutdown();
        }

        assertThat(pair.read()).isEqualTo(THREADS * PAIRS);
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "SLUICE_HANDLE", "FILE_LOCK"})
    void rescuer_nobodyDied_excludesToo(LockPeer peer) {
        GuardedPair pair = new HeapPair();
        try (MeasuredLock lock = peer.open(directory)) {
            pairs(lock.rescuer(), pair);
        }

        assertThat(pair.read()).isEqualTo(PAIRS);
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE", "SLUICE_HEAP", "STAMPED_OPTIMISTIC"})
    void validate_writtenMeanwhile_isFalse(LockPeer peer) {
        try (MeasuredLock lock = peer.open(directory)) {
            LockAccess access = lock.access();
            long stamp = access.tryOptimisticRead();
            boolean before = access.validate(stamp);
            access.unlockWrite(access.lockWrite());

            assertThat(before).isTrue();
            assertThat(access.validate(stamp)).isFalse();
        }
    }

    private static Void pairs(LockAccess access, GuardedPair pair) {
        for (int i = 0; i < PAIRS; i++) {
            long reading = access.lockRead();
            pair.read();
            access.unlockRead(reading);
            long writing = access.lockWrite();
            pair.increment();
            access.unlockWrite(writing);
        }
        return null;
    }
}
