package io.sluice.shm.channel;

import io.sluice.shm.channel.RingSchedule.Actor;
import java.util.ArrayList;
import java.util.List;

/**
 * One actor's side of a guard that does what a guard must, each call at once: the lock itself has an explorer of its own.
 */
final class ExploredGuard implements ChannelGuard {
    /** What all sides share. */
    static final class Lock {
        private final List<Actor> holders = new ArrayList<>();
        private Actor writer;
        private boolean suspect;
    }

    private final Lock lock;
    private final Actor actor;
    private final RingSchedule schedule;

    ExploredGuard(Lock lock, Actor actor, RingSchedule schedule) {
        this.lock = lock;
        this.actor = actor;
        this.schedule = schedule;
    }

    @Override
    public String name() {
        return "explored";
    }

    @Override
    public Lane lane() {
        return new Lane() {
            @Override
            public boolean tryEnter() {
                schedule.step("enter");
                if (lock.writer != null || lock.suspect) {
                    return false;
                }
                lock.holders.add(actor);
                return true;
            }

            @Override
            public void exit() {
                schedule.step("exit");
                lock.holders.remove(actor);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public boolean tryExclusive(long nanos, Runnable recovery) {
        schedule.step("exclusive");
        boolean taken = lock.writer != null && !lock.writer.isDead();
        if (taken || lock.holders.stream().anyMatch(holder -> !holder.isDead())) {
            return false;
        }
        lock.suspect |= lock.writer != null || !lock.holders.isEmpty();
        lock.holders.clear();
        lock.writer = actor;
        recovery.run();
        schedule.step("mended");
        lock.suspect = false;
        lock.writer = null;
        return true;
    }

    @Override
    public boolean isSuspect() {
        return lock.suspect || (lock.writer != null && lock.writer.isDead());
    }

    @Override
    public String describe() {
        return "explored";
    }

    @Override
    public void close() {}
}
