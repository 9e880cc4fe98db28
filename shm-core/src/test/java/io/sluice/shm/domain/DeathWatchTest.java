package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class DeathWatchTest {
    private static final int KILLS = 10;
    private static final Duration PROMPTLY = ofSeconds(1);
    private static final String THREAD = "sluice-death-watch-";

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;
    private DeathWatch watch;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
        watch = domain.core().deathWatch();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    @Test
    @Tag("kill")
    void watch_processesAreKilled_ringsWithinASecondOfTheKill() throws Exception {
        List<Long> delays = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            try (Peer victim = Peer.start()) {
                long word = victim.join(path);
                Sleeper sleeper = new Sleeper(domain.core());
                watch.watch(word);
                awaitWatching(word);

                long start = System.nanoTime();
                victim.kill();
                delays.add(sleeper.awaitRing(start));
                Conditions.await("death is seen", PROMPTLY, () -> !isAlive(word));
            }
        }
        Collections.sort(delays);
        System.out.println("DeathWatchTest: from kill to bell, ms: median=" + delays.get(KILLS / 2) / 1e6 + ", max="
                + delays.get(KILLS - 1) / 1e6);
        assertThat(delays.get(KILLS - 1)).isLessThan(PROMPTLY.toNanos());
        assertThat(watch.endings()).isEqualTo(KILLS);
    }

    @Test
    void watch_processLeaves_rings() throws Exception {
        try (Peer peer = Peer.start()) {
            long word = peer.join(path);
            Sleeper sleeper = new Sleeper(domain.core());
            watch.watch(word);
            awaitWatching(word);

            long start = System.nanoTime();
            peer.ask("leave");
            assertThat(sleeper.awaitRing(start)).isLessThan(PROMPTLY.toNanos());
        }
    }

    @Test
    void watch_otherInThisProcessLeaves_rings() throws Exception {
        try (Domain other = temporary.open()) {
            Sleeper sleeper = new Sleeper(domain.core());
            watch.watch(other.core().participants().self());
            awaitWatching(other.core().participants().self());

            long start = System.nanoTime();
            other.close();
            assertThat(sleeper.awaitRing(start)).isLessThan(PROMPTLY.toNanos());
        }
    }

    @Test
    @Tag("kill")
    void watch_deadAlready_rings() throws Exception {
        try (Peer victim = Peer.start()) {
            long word = victim.join(path);
            victim.kill();
            Conditions.await("death is seen", PROMPTLY, () -> !isAlive(word));
            Sleeper sleeper = new Sleeper(domain.core());

            long start = System.nanoTime();
            watch.watch(word);
            assertThat(sleeper.awaitRing(start)).isLessThan(PROMPTLY.toNanos());
        }
    }

    @Test
    @Tag("kill")
    void watch_processIsStopped_doesNotRing() throws Exception {
        try (Peer peer = Peer.start()) {
            long word = peer.join(path);
            watch.watch(word);
            awaitWatching(word);
            peer.jvm().stop();
            Participants participants = domain.core().participants();
            Conditions.await(
                    "it is stopped",
                    ofSeconds(10),
                    () -> participants.describe(word).state() == Participant.State.STOPPED);

            assertThat(watch.endings()).isZero();
            assertThat(threads(word)).isEqualTo(1);
        }
    }

    @Test
    void watch_manyTimes_makesOneThread() throws Exception {
        try (Peer peer = Peer.start()) {
            long word = peer.join(path);
            List<Thread> watchers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> {
                    for (int j = 0; j < 1_000; j++) {
                        watch.watch(word);
                    }
                });
                thread.start();
                watchers.add(thread);
            }
            for (Thread thread : watchers) {
                Conditions.join(thread, ofSeconds(10));
            }

            assertThat(threads(word)).isEqualTo(1);
        }
    }

    @Test
    @Tag("kill")
    void watch_fromTwoDomainObjects_makesOneThreadThatRingsBoth() throws Exception {
        try (Peer victim = Peer.start();
                Domain other = temporary.open()) {
            long word = victim.join(path);
            Sleeper here = new Sleeper(domain.core());
            Sleeper there = new Sleeper(other.core());
            watch.watch(word);
            other.core().deathWatch().watch(word);
            awaitWatching(word);
            assertThat(threads(word)).isEqualTo(1);

            long start = System.nanoTime();
            victim.kill();
            assertThat(here.awaitRing(start)).isLessThan(PROMPTLY.toNanos());
            assertThat(there.awaitRing(start)).isLessThan(PROMPTLY.toNanos());
        }
    }

    @Test
    void watch_manyThatLive_noWatchEnds() throws Exception {
        List<Domain> others = new ArrayList<>();
        try {
            for (int i = 1; i < Participants.MAX; i++) {
                others.add(temporary.open());
            }
            for (Domain other : others) {
                watch.watch(other.core().participants().self());
            }
            for (Domain other : others) {
                awaitWatching(other.core().participants().self());
            }
            assertThat(watch.endings()).isZero();
        } finally {
            others.forEach(Domain::close);
        }
        Conditions.await("all watches end", PROMPTLY, () -> watch.endings() == Participants.MAX - 1);
    }

    @Test
    void watch_self_doesNothing() {
        long self = domain.core().participants().self();
        watch.watch(self);

        assertThat(threads(self)).isZero();
    }

    @Test
    void watch_wordsThatNameNobody_doNothing() {
        watch.watch(Owner.NOBODY);
        watch.watch(Owner.word(Participants.MAX, 1));
        watch.watch(-1);

        assertThat(watch.endings()).isZero();
    }

    @Test
    void close_watchedProcessLivesOn_ringsNoMore() throws Exception {
        try (Peer peer = Peer.start();
                Domain other = temporary.open()) {
            long word = peer.join(path);
            DeathWatch closed = other.core().deathWatch();
            closed.watch(word);
            watch.watch(word);
            awaitWatching(word);
            other.close();
            peer.ask("leave");
            Conditions.await("the other watch ends", PROMPTLY, () -> watch.endings() == 1);

            assertThat(closed.endings()).isZero();
        }
    }

    @Test
    void watch_ofOneWhoseDeathWasTold_startsNoThreadAgain() throws Exception {
        long dead = Owner.word(5, 1);
        watch.watch(dead);
        Conditions.await("watch ends", PROMPTLY, () -> watch.endings() == 1);
        for (int i = 0; i < 100; i++) { // as a waiter does that is woken and finds what the dead one left
            watch.watch(dead);
        }

        assertThat(threads(dead)).isZero();
        assertThat(watch.endings()).isEqualTo(1);
    }

    private boolean isAlive(long word) {
        return domain.core().participants().isAlive(word);
    }

    private static long threads(long word) {
        String name = THREAD + Owner.slot(word) + "." + Owner.incarnation(word);
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .count();
    }

    private static void awaitWatching(long word) throws Exception {
        Conditions.await("watcher runs", ofSeconds(10), () -> threads(word) == 1);
    }

    /** A thread that sleeps on a bell of its own until that is rung. */
    private static final class Sleeper {
        private final Thread thread;
        private volatile long rungAt;

        Sleeper(DomainCore core) throws Exception {
            Bell bell = core.bells().lease();
            int seen = bell.sequence();
            thread = new Thread(
                    () -> {
                        while (bell.sequence() == seen) {
                            bell.await(seen, TimeUnit.SECONDS.toNanos(30));
                        }
                        rungAt = System.nanoTime();
                        core.bells().giveBack(bell);
                    },
                    "bell-sleeper");
            thread.setDaemon(true);
            thread.start();
            Conditions.awaitBlocked(thread, ofSeconds(10));
        }

        /** Nanoseconds from {@code start} to the ring. */
        long awaitRing(long start) throws InterruptedException {
            Conditions.join(thread, ofSeconds(10));
            return rungAt - start;
        }
    }
}
