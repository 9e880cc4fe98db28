package io.sluice.benchmarks;

import io.sluice.rwlock.HeapReadWriteLock;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;

/** The locks that JVMs measure. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum LockPeer {
    SLUICE(Contender.SLUICE, MappedLock::shared),
    SLUICE_HANDLE(Contender.SLUICE_HANDLE, MappedLock::confined),
    SLUICE_HEAP("sluice-heap", directory -> heap(new HeapReadWriteLock("measured"))),
    RRWL("rrwl", directory -> new ThreadLock(new ReadWriteLockAccess(new ReentrantReadWriteLock()))),
    RRWL_FAIR("rrwl-fair", directory -> new ThreadLock(new ReadWriteLockAccess(new ReentrantReadWriteLock(true)))),
    STAMPED("stamped", directory -> new ThreadLock(new StampedAccess(new StampedLock()))),
    STAMPED_OPTIMISTIC("stamped-optimistic", directory -> new ThreadLock(new StampedAccess(new StampedLock()))),
    REENTRANT("reentrant", directory -> mutex(new ReentrantLock())),
    FILE_LOCK("filelock", FileLockAccess::new),
    NONE("none", directory -> new ThreadLock(new NoLock()));

    /** What the threads of one JVM can share. */
    static final List<LockPeer> OF_THREADS =
            List.of(SLUICE, SLUICE_HANDLE, SLUICE_HEAP, RRWL, RRWL_FAIR, STAMPED, STAMPED_OPTIMISTIC, REENTRANT, NONE);

    /** What processes can share. */
    static final List<LockPeer> OF_PROCESSES = List.of(SLUICE, SLUICE_HANDLE, FILE_LOCK);

    private final String peerName;
    private final Function<Path, MeasuredLock> opening;

    LockPeer(String peerName, Function<Path, MeasuredLock> opening) {
        this.peerName = peerName;
        this.opening = opening;
    }

    private static MeasuredLock heap(HeapReadWriteLock lock) {
        return new ThreadLock(new FencedAccess(lock, lock.asReadWriteLock()));
    }

    private static MeasuredLock mutex(Lock lock) {
        return new ThreadLock(new ReadWriteLockAccess(lock, lock));
    }

    String peerName() {
        return peerName;
    }

    /** Whether a read asks nobody and looks afterwards. */
    boolean readsOptimistically() {
        return this == STAMPED_OPTIMISTIC;
    }

    MeasuredLock open(Path directory) {
        return opening.apply(directory);
    }

    static LockPeer named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.peerName.equals(name))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no such contender: name=" + name));
    }
}
