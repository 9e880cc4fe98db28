package io.sluice.dist;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockTimeoutException;
import io.sluice.shm.testing.Conditions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.redisson.api.RedissonClient;

/**
 * Clients that write and read under one lock, all the time: each write adds one to a counter in a {@link FencedResource}
 * that outlives Redis. Failures are borne, and noted.
 */
final class LockLoad implements AutoCloseable {
    static final Duration LEASE = Duration.ofSeconds(1);

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long PAUSE_NANOS = 1_000_000;

    private final FencedResource counter;
    private final List<DistributedReadWriteLock> locks = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger overlaps = new AtomicInteger();
    private final Set<Hold> writing = ConcurrentHashMap.newKeySet();
    private final Set<Hold> reading = ConcurrentHashMap.newKeySet();
    private final Set<String> failures = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    /** Starts a writer and a reader with each client. */
    LockLoad(FencedResource counter, List<RedissonClient> clients) {
        this.counter = counter;
        for (RedissonClient client : clients) {
            DistributedReadWriteLock lock = DistributedReadWriteLock.named(LockProcess.NAME)
                    .lease(LEASE)
                    .readersAfter(2)
                    .open(client);
            locks.add(lock);
            workers.add(new Worker("writer-" + workers.size(), () -> write(lock)));
            workers.add(new Worker("reader-" + workers.size(), () -> read(lock)));
        }
        workers.forEach(Thread::start);
    }

    private interface Access {
        void run() throws InterruptedException;
    }

    private final class Worker extends Thread {
        private final Access access;
        private final AtomicLong done = new AtomicLong();

        Worker(String name, Access access) {
            super(name);
            this.access = access;
        }

        @Override
        public void run() {
            while (!ended) {
                try {
                    access.run();
                    done.incrementAndGet();
                } catch (RedisLockException | HoldLostException | StaleTokenException | LockTimeoutException e) {
                    failures.add(e.getClass().getSimpleName());
                } catch (InterruptedException | RuntimeException e) {
                    failures.add("UNEXPECTED " + e);
                    return;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void write(DistributedReadWriteLock lock) throws InterruptedException {
        try (Hold hold = lock.write(PATIENCE)) {
            writing.add(hold);
            try {
                noteOverlaps(hold);
                addOne(hold.token());
            } finally {
                writing.remove(hold);
            }
        }
    }

    private void addOne(long token) {
        try {
            counter.fence(token);
            counter.write(token, value(count() + 1));
            written.incrementAndGet();
        } catch (StaleTokenException e) {
            refused.incrementAndGet();
            throw e;
        }
    }

    private void read(DistributedReadWriteLock lock) throws InterruptedException {
        try (Hold hold = lock.read(PATIENCE)) {
            reading.add(hold);
            try {
                if (writing.stream().anyMatch(Hold::isValid) && hold.isValid()) {
                    overlaps.incrementAndGet();
                }
            } finally {
                reading.remove(hold);
            }
        }
    }

    private void noteOverlaps(Hold hold) {
        boolean others = writing.stream().anyMatch(other -> other != hold && other.isValid())
                || reading.stream().anyMatch(Hold::isValid);
        if (others && hold.isValid()) {
            overlaps.incrementAndGet();
        }
    }

    private static byte[] value(long count) {
        return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
    }

    /** What the resource counted. */
    long count() {
        byte[] value = counter.read();
        return value.length == 0 ? 0 : ByteBuffer.wrap(value).getLong();
    }

    /** What the writers counted. */
    long written() {
        return written.get();
    }

    /** Writes that the resource refused. */
    int refused() {
        return refused.get();
    }

    /** How often two were inside, one of them a writer, that both believed in their holds. */
    int overlaps() {
        return overlaps.get();
    }

    /** Kinds of failures so far. */
    Set<String> failures() {
        return Set.copyOf(failures);
    }

    /** Waits until every worker has had the lock again; the longest time that one took. */
    Duration awaitAllServed() throws Exception {
        long start = System.nanoTime();
        List<Long> before = workers.stream().map(worker -> worker.done.get()).toList();
        for (int i = 0; i < workers.size(); i++) {
            Worker worker = workers.get(i);
            long past = before.get(i) + 1; // the one under way may have been granted before
            Conditions.await(
                    worker.getName() + " is served, failures=" + failures, LIMIT, () -> worker.done.get() > past);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Ends the workers. */
    void end() throws InterruptedException {
        ended = true;
        for (Worker worker : workers) {
            Conditions.join(worker, LIMIT);
        }
    }

    @Override
    public void close() throws InterruptedException {
        end();
        locks.forEach(DistributedReadWriteLock::close);
    }
}
