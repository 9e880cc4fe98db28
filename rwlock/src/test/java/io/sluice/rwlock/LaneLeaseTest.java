package io.sluice.rwlock;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LaneLeaseTest {
    private static final Duration LIMIT = ofSeconds(20);
    private static final int SHORT_LIVED = Stress.choose(20_000, 1_000_000);

    /** What a process may keep of finished threads' lanes before it looks for them. */
    private static final int MOST_KEPT = 40;

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    @Test
    void threads_manyThatComeAndGo_leakNoLane() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book");
        AtomicInteger holds = new AtomicInteger();
        for (int i = 0; i < SHORT_LIVED; i++) {
            int kind = i;
            Thread thread = new Thread(() -> {
                if (kind % 2 == 0) {
                    try (Hold hold = lock.read()) {
                        hold.ensureValid();
                    }
                } else {
                    Lock view = lock.asReadWriteLock().readLock();
                    view.lock();
                    try {
                        holds.incrementAndGet();
                    } finally {
                        view.unlock();
                    }
                }
            });
            thread.start();
            thread.join(LIMIT.toMillis());
        }

        assertThat(holds).hasValue(SHORT_LIVED / 2);
        assertThat(leased(self())).hasSizeLessThan(MOST_KEPT);
        assertThat(look(words -> words.intVolatile(LockLayout.LANES_HIGH))).isLessThan(MOST_KEPT);
        lock.close();
        assertThat(leased(self())).isEmpty();
    }

    @Test
    void threads_moreThanLanes_shareAndExcludeEachOther() throws Exception {
        MappedReadWriteLock lock =
                MappedReadWriteLock.named("book").lanes(4).readersAfter(2).open(domain);
        long[] pair = new long[2];
        List<FutureTask<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int first = i;
            FutureTask<Integer> task = new FutureTask<>(() -> readAndWrite(lock, pair, first));
            tasks.add(task);
            start(task, "thread-" + i);
        }
        int writes = 0;
        for (FutureTask<Integer> task : tasks) {
            writes += task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        assertThat(pair).containsExactly(writes, writes);
        assertThat(leased(self())).hasSize(4);
        assertThat(lock.parties()).isEmpty();
    }

    /** The number of writes. */
    private static int readAndWrite(MappedReadWriteLock lock, long[] pair, int first) {
        int writes = 0;
        for (int round = first; round < first + 200; round++) {
            if (round % 4 == 0) {
                try (Hold hold = lock.write()) {
                    pair[0]++;
                    LockSupport.parkNanos(1);
                    pair[1]++;
                    hold.ensureValid();
                }
                writes++;
            } else {
                try (Hold outer = lock.read();
                        Hold inner = round % 3 == 0 ? lock.read() : outer.read()) {
                    long before = pair[0];
                    LockSupport.parkNanos(1);
                    assertThat(pair[1]).isEqualTo(before);
                    inner.ensureValid();
                }
            }
        }
        return writes;
    }

    @Test
    void read_laneIsLeft_isKnownByTheThreadsName() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.named("book").lanes(2).open(domain);
        try (Reader first = new Reader(lock, "first");
                Reader second = new Reader(lock, "second");
                Reader third = new Reader(lock, "third")) {
            first.lock();
            second.lock();
            third.lock();

            assertThat(lock.parties()).extracting(LockParty::thread).containsExactlyInAnyOrder("first", "second", "");
        }
    }

    /** The count must stay where a writer looks for it. */
    @Test
    void lane_finishedThreadsHoldIsOpen_isKeptUntilAnotherThreadClosesIt() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.named("book").lanes(1).open(domain);
        AtomicReference<Hold> hold = new AtomicReference<>();
        join(start(() -> hold.set(lock.read()), "gone"));

        try (Reader other = new Reader(lock, "other")) {
            other.lock();
            assertThat(lock.parties()).extracting(LockParty::thread).containsExactlyInAnyOrder("gone", "");
        }
        assertThat(lock.tryWrite()).isNull();
        hold.get().close();
        assertThat(lock.parties()).isEmpty();
        lock.write(ofSeconds(5)).close();

        try (Reader later = new Reader(lock, "later")) {
            later.lock();
            assertThat(lock.parties()).extracting(LockParty::thread).containsExactly("later");
        }
    }

    @Test
    void lane_finishedThreadLeftItsViewLocked_staysHeld() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.named("book").lanes(1).open(domain);
        join(start(() -> lock.asReadWriteLock().readLock().lock(), "gone"));

        try (Reader other = new Reader(lock, "other")) {
            other.lock();
            assertThat(lock.parties()).extracting(LockParty::thread).containsExactlyInAnyOrder("gone", "");
        }
        assertThatThrownBy(() -> lock.write(ofMillis(50)))
                .isInstanceOf(LockTimeoutException.class)
                .hasMessageContaining("thread=gone");
    }

    @Test
    @Tag("kill")
    void lanes_ofKilledProcesses_areLeasedAgain() throws Exception {
        MappedReadWriteLock.named("book").lanes(4).open(domain).close();
        for (int round = 0; round < 2; round++) {
            try (Victim victim = Victim.with(path, "book")) {
                for (int i = 0; i < 4; i++) {
                    victim.ask("there-" + i, i % 2 == 0 ? "view-read" : "read");
                }
                try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book")) {
                    assertThat(lock.parties())
                            .extracting(LockParty::thread)
                            .containsExactlyInAnyOrder("there-0", "there-1", "there-2", "there-3");
                    victim.kill();
                    victim.awaitDeath(domain);
                    assertAllCanBeLeased(lock, 4);
                }
            }
        }
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book")) {
            assertThat(Passage.through(lock.write()).readersDied()).isTrue();
        }
    }

    /** In its turn, a process that lives keeps the lanes that its threads may want again. */
    @Test
    @Tag("process")
    void lanes_ofAnotherLivingProcess_areNotTaken() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.named("book").lanes(2).open(domain);
        try (Victim other = Victim.with(path, "book");
                Reader reader = new Reader(lock, "here")) {
            other.ask("there-0", "view-read");
            other.ask("there-0", "unlock-read");
            other.ask("there-1", "view-read");
            reader.lock();

            assertThat(lock.parties()).extracting(LockParty::thread).containsExactlyInAnyOrder("there-1", "");
            assertThat(other.ask("there-2", "try-write")).isEqualTo("null");
            reader.unlock();
            assertThat(lock.tryWrite()).isNull();
            other.ask("there-1", "unlock-read");
            other.acquire("there-2", "write");
        }
    }

    @Test
    void lanes_one_serves() throws Exception {
        serve(1);
    }

    @Test
    void lanes_most_serve() throws Exception {
        serve(MappedReadWriteLock.MAX_LANES);
    }

    private void serve(int lanes) throws Exception {
        try (MappedReadWriteLock lock =
                MappedReadWriteLock.named("book").lanes(lanes).open(domain)) {
            assertAllCanBeLeased(lock, Math.min(lanes, 100));
            lock.write(ofSeconds(5)).close();
            try (Reader one = new Reader(lock, "one");
                    Reader two = new Reader(lock, "two")) {
                one.lock();
                two.lock();
                assertThat(lock.tryWrite()).isNull();
                one.unlock();
                assertThat(lock.tryWrite()).isNull();
                two.unlock();
                lock.write(ofSeconds(5)).close();
            }
        }
        assertThat(Files.size(path.resolve("book.lock"))).isEqualTo(LockLayout.fileLength(lanes));
    }

    @Test
    void file_ofTheDefaultNumberOfLanes_isAtMost64KiB() throws IOException {
        MappedReadWriteLock.open(domain, "book").close();

        assertThat(Files.size(path.resolve("book.lock"))).isLessThanOrEqualTo(64 * 1024);
    }

    /** So many threads at one time hold by lanes of their own; only those are known by their names. */
    private static void assertAllCanBeLeased(MappedReadWriteLock lock, int number) throws Exception {
        List<Reader> readers = new ArrayList<>();
        try {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < number; i++) {
                readers.add(new Reader(lock, "lessee-" + i));
                readers.get(i).lock();
                names.add("lessee-" + i);
            }
            assertThat(lock.parties()).extracting(LockParty::thread).containsAll(names);
        } finally {
            readers.forEach(Reader::close);
        }
    }

    private long self() {
        return domain.core().participants().self();
    }

    /** The lanes of the pool that a participant leases. */
    private List<Integer> leased(long owner) throws IOException {
        List<Integer> lanes = new ArrayList<>();
        look(words -> {
            for (int lane = 0; lane < words.intPlain(LockLayout.LANES); lane++) {
                long word = words.longVolatile(LockLayout.lane(LockLayout.SLOTS + lane, LockLayout.LANE_OWNER));
                assertThat(word).isIn(owner, Owner.NOBODY);
                if (word == owner) {
                    lanes.add(lane);
                }
            }
            return 0;
        });
        return lanes;
    }

    private long look(ToLongFunction<Words> look) throws IOException {
        MappedFile file = MappedFile.open(path.resolve("book.lock"), LockLayout.TYPE);
        try {
            return look.applyAsLong(file.words());
        } finally {
            file.release();
        }
    }

    private static Thread start(Runnable action, String name) {
        Thread thread = new Thread(action, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(Thread thread) throws InterruptedException {
        Conditions.join(thread, LIMIT);
    }

    /** A thread that reads by the view. */
    private static final class Reader implements AutoCloseable {
        private final MappedReadWriteLock lock;
        private final BlockingQueue<FutureTask<Boolean>> tasks = new LinkedBlockingQueue<>();
        private final Thread thread;
        private boolean reads;

        Reader(MappedReadWriteLock lock, String name) {
            this.lock = lock;
            this.thread = start(this::run, name);
        }

        private void run() {
            try {
                boolean goesOn = true;
                while (goesOn) {
                    FutureTask<Boolean> task = tasks.take();
                    task.run();
                    goesOn = task.get();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        void lock() throws Exception {
            run(() -> lock.asReadWriteLock().readLock().lock(), true);
            reads = true;
        }

        void unlock() throws Exception {
            run(() -> lock.asReadWriteLock().readLock().unlock(), true);
            reads = false;
        }

        private void run(Runnable action, boolean goesOn) throws Exception {
            FutureTask<Boolean> task = new FutureTask<>(action, goesOn);
            tasks.add(task);
            task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            try {
                if (reads) {
                    unlock();
                }
                run(() -> {}, false);
                join(thread);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
