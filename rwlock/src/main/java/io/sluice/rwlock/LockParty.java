package io.sluice.rwlock;

import java.time.Duration;

/**
 * Somebody who holds a lock or waits for it, for people to read.
 *
 * @param mode asked for or held
 * @param holds whether it holds; else it waits
 * @param process pid, name and state (alive, stopped, dead) of the process
 * @param thread name of the thread, empty if it is not known
 * @param age of one that waits: since when. Of a holder: how long others have been seen to wait for it, zero if nobody
 *     does; a clock at each acquisition would cost more than the acquisition
 */
public record LockParty(LockMode mode, boolean holds, String process, String thread, Duration age) {
    @Override
    public String toString() {
        return (holds ? "holds " : "waits for ") + mode + ": " + process + ", thread=" + thread + ", "
                + (holds ? "blocking=" : "waiting=") + age.toNanos() / 1000 + "us";
    }
}
