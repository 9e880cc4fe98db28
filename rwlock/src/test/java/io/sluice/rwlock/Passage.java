package io.sluice.rwlock;

import static java.time.Duration.ofSeconds;

import io.sluice.rwlock.Victim.Got;
import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Lock;

/** A thread of this process that acquires, notes what it got, mends what is to be mended, and leaves. */
final class Passage {
    static final Duration LIMIT = ofSeconds(20);
    private static final Duration SETTLED = Duration.ofMillis(1);

    private final FutureTask<Got> task;
    private final Thread thread;

    private Passage(String name, Callable<Hold> acquisition) {
        task = new FutureTask<>(() -> through(acquisition.call()));
        thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Starts; at most 15 characters of the name are looked at. */
    static Passage start(String name, Callable<Hold> acquisition) {
        return new Passage(name, acquisition);
    }

    /** Starts, and waits until it sleeps. */
    static Passage blocked(String name, Callable<Hold> acquisition) throws Exception {
        Passage passage = start(name, acquisition);
        Conditions.awaitBlocked(passage.thread, LIMIT);
        return passage;
    }

    /** What whoever comes after a death does with its hold. */
    static Got through(Hold hold) {
        try (hold) {
            Got got = Got.of(hold);
            if (got.writerDied()) {
                hold.markConsistent();
            }
            return got;
        }
    }

    /** Locks and unlocks. */
    static void through(Lock view) {
        view.lock();
        try {
            Thread.onSpinWait();
        } finally {
            view.unlock();
        }
    }

    boolean isOver() {
        return task.isDone();
    }

    /** Waits for its end. */
    Got end() throws Exception {
        Conditions.join(thread, LIMIT);
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new AssertionError("did not get in: " + thread.getName(), e.getCause());
        }
    }

    /** Waits for its end; what it threw. */
    Throwable failure() throws Exception {
        Conditions.join(thread, LIMIT);
        try {
            throw new AssertionError("was not refused: " + task.get());
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    /** Waits until the named threads, of whichever process, are seen to wait for the lock, and have done so a little. */
    static void awaitWaiting(FencedReadWriteLock lock, String... threads) throws Exception {
        Conditions.await("they wait: " + Arrays.toString(threads), LIMIT, () -> {
            List<LockParty> parties = lock.parties();
            return Arrays.stream(threads).allMatch(thread -> isWaiting(parties, thread));
        });
    }

    private static boolean isWaiting(List<LockParty> parties, String thread) {
        return parties.stream()
                .anyMatch(party -> !party.holds()
                        && party.thread().equals(thread)
                        && party.age().compareTo(SETTLED) >= 0);
    }
}
