package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.ThreadParams;

/** What the threads of one JVM do with a lock, whatever the contender; run by {@link JmhFork}, public for JMH. */
@SuppressWarnings("NullAway.Init") // JMH fills the fields of states
public class LockBenchmarks {
    /** System property: an empty directory. */
    static final String DIRECTORY = "sluice.benchmarks.directory";

    @Benchmark
    public long read(Mine mine) {
        return mine.read();
    }

    @Benchmark
    public void write(Mine mine) {
        mine.write();
    }

    @Benchmark
    public long optimistic(Mine mine) {
        return mine.readOptimistically();
    }

    @Benchmark
    public long mixed(Mine mine) {
        if (mine.isWriteDue()) {
            mine.write();
            return 0;
        }
        return mine.read();
    }

    @Benchmark
    public long mixedOptimistic(Mine mine) {
        if (mine.isWriteDue()) {
            mine.write();
            return 0;
        }
        return mine.readOptimistically();
    }

    @Benchmark
    public void firstWrite(Mine mine, ManyReads before) {
        mine.write();
    }

    /** The lock, and what it guards. */
    @State(Scope.Benchmark)
    public static class Shared {
        @Param("none")
        public String peer;

        /** Whether thread N stays on CPU N. */
        @Param("false")
        public boolean pinned;

        private final GuardedPair pair = new HeapPair();
        private final List<Mine> threads = new ArrayList<>();
        private MeasuredLock lock;

        @Setup
        public void open() {
            lock = LockPeer.named(peer).open(Path.of(System.getProperty(DIRECTORY, "")));
        }

        private LockAccess join(Mine thread) {
            synchronized (threads) {
                threads.add(thread);
            }
            return lock.access();
        }

        /** All threads have ended their last iteration. */
        @TearDown
        public void check() {
            long writes = 0;
            synchronized (threads) {
                for (Mine thread : threads) {
                    writes += thread.writes;
                }
            }
            pair.checkWrites(writes);
            lock.close();
        }
    }

    /** One thread's. */
    @State(Scope.Thread)
    public static class Mine {
        private static final long ONE_IN_20 = (1L << 32) / 20;

        private GuardedPair pair;
        private LockAccess access;
        private long writes;
        private long random;

        @Setup
        public void join(Shared shared, ThreadParams thread) {
            int cpus = Runtime.getRuntime().availableProcessors();
            new Affinity(shared.pinned ? thread.getThreadIndex() % cpus : Affinity.ANY).apply();
            pair = shared.pair;
            access = shared.join(this);
            random = thread.getThreadIndex() + 1L;
        }

        final long read() {
            long stamp = access.lockRead();
            try {
                return pair.read();
            } finally {
                access.unlockRead(stamp);
            }
        }

        final void write() {
            long stamp = access.lockWrite();
            try {
                pair.increment();
                writes++;
            } finally {
                access.unlockWrite(stamp);
            }
        }

        final long readOptimistically() {
            long stamp = access.tryOptimisticRead();
            if (stamp != 0) {
                long first = pair.first();
                long second = pair.second();
                if (access.validate(stamp)) {
                    return GuardedPair.check(first, second);
                }
            }
            return read();
        }

        /** Five of a hundred times, at random, so that threads do not fall into step; the same for all contenders. */
        final boolean isWriteDue() {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
            return (random & 0xffff_ffffL) < ONE_IN_20;
        }
    }

    /** Comes before each call: so many reads that readers count on there being no writer. */
    @State(Scope.Thread)
    public static class ManyReads {
        private static final int READS = 5_000;

        private BusyThread busy;

        @Setup
        public void occupy(Shared shared) {
            busy = BusyThread.start(shared.pinned ? 1 : Affinity.ANY);
        }

        @Setup(Level.Invocation)
        public void read(Mine mine) {
            for (int i = 0; i < READS; i++) {
                mine.read();
            }
        }

        @TearDown
        public void check(Shared shared, Mine mine) {
            busy.close();
            read(mine);
            String state = shared.lock instanceof MappedLock mapped ? mapped.describe() : "";
            if (state.contains("fences=LIGHT") && state.contains("readers=unbiased")) {
                throw new IllegalStateException("too few reads: reads=" + READS + " state=" + state);
            }
        }
    }
}
