package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.os.Natives;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BellsTest {
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final Duration PROMPTLY = ofSeconds(1);
    private static final Duration PATIENCE = ofSeconds(20);
    private static final int HAND_OVERS = Stress.choose(20_000, Natives.available() ? 1_000_000 : 100_000);

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;
    private Bells bells;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
        bells = domain.core().bells();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    @Test
    void lease_several_areDifferent() {
        Set<Integer> indexes = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            indexes.add(bells.lease().index());
        }

        assertThat(indexes).hasSize(100).allMatch(index -> index >= 0 && index < DomainLayout.BELLS);
    }

    @Test
    void lease_bellThatWasGivenBack_isUsedAgain() {
        Bell bell = bells.lease();
        bells.giveBack(bell);

        assertThat(bells.lease()).isSameAs(bell);
    }

    @Test
    void lease_twoParticipants_getDifferentBells() throws IOException {
        try (Domain other = temporary.open()) {
            Set<Integer> indexes = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                indexes.add(bells.lease().index());
                indexes.add(other.core().bells().lease().index());
            }
            assertThat(indexes).hasSize(100);
        }
    }

    @Test
    void lease_oneTooMany_saysHowManyThereAre() {
        for (int i = 0; i < DomainLayout.BELLS; i++) {
            bells.lease();
        }

        assertThatThrownBy(bells::lease)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no free bell in the domain: bells=" + DomainLayout.BELLS);
    }

    /** A peak of waiters in one process must not starve the others after it. */
    @Test
    void lease_otherHadManyAndGaveThemBack_succeeds() throws IOException {
        List<Bell> peak = new ArrayList<>();
        for (int i = 0; i < DomainLayout.BELLS; i++) {
            peak.add(bells.lease());
        }
        peak.forEach(bells::giveBack);
        try (Domain other = temporary.open()) {
            for (int i = 0; i < DomainLayout.BELLS * 9 / 10; i++) {
                other.core().bells().lease();
            }
        }
    }

    @Test
    void lease_participantThatLeftHadAllBells_succeeds() throws IOException {
        try (Domain other = temporary.open()) {
            for (int i = 0; i < DomainLayout.BELLS; i++) {
                other.core().bells().lease();
            }
        }
        assertThat(bells.lease()).isNotNull();
    }

    @Test
    @Tag("kill")
    void lease_poolIsExhaustedByAKilledProcess_takesItsBellsBack() throws Exception {
        int theirs = DomainLayout.BELLS - 50;
        try (Peer victim = Peer.start()) {
            long word = victim.join(path);
            victim.ask("lease", theirs);
            for (int i = theirs; i < DomainLayout.BELLS; i++) {
                bells.lease();
            }
            assertThatThrownBy(bells::lease).isInstanceOf(IllegalStateException.class);

            victim.kill();
            Conditions.await(
                    "death is seen",
                    PROMPTLY,
                    () -> !domain.core().participants().isAlive(word));
            for (int i = 0; i < theirs; i++) {
                bells.lease();
            }
            assertThatThrownBy(bells::lease).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void await_rungBefore_returnsAtOnce() {
        Bell bell = bells.lease();
        int seen = bell.sequence();
        bells.ring(bell.index());
        long start = System.nanoTime();
        bell.await(seen, LONG_NANOS);

        assertThat(System.nanoTime() - start).isLessThan(LONG_NANOS / 2);
        assertThat(bell.sequence()).isNotEqualTo(seen);
    }

    @Test
    void await_nobodyRings_endsByTheTime() {
        Bell bell = bells.lease();
        int seen = bell.sequence();
        long nanos = TimeUnit.MILLISECONDS.toNanos(30);
        long start = System.nanoTime();
        long waited = 0;
        while (waited < nanos) { // may end early
            bell.await(seen, nanos - waited);
            waited = System.nanoTime() - start;
        }

        assertThat(waited).isLessThan(PATIENCE.toNanos());
        assertThat(bell.sequence()).isEqualTo(seen);
    }

    @Test
    void await_noTime_returnsAtOnce() {
        Bell bell = bells.lease();
        bell.await(bell.sequence(), 0);
        bell.await(bell.sequence(), -1);
        bell.await(bell.sequence(), Long.MIN_VALUE);
    }

    @Test
    void await_longestTime_isWokenByARing() throws Exception {
        Bell bell = bells.lease();
        Sleeper sleeper = new Sleeper(bell, Long.MAX_VALUE);
        sleeper.awaitAsleep();
        bells.ring(bell.index());

        Conditions.join(sleeper.thread, PROMPTLY);
    }

    @Test
    void ring_sleeper_wakesIt() throws Exception {
        Bell bell = bells.lease();
        Sleeper sleeper = new Sleeper(bell, LONG_NANOS);
        sleeper.awaitAsleep();
        bells.ring(bell.index());

        Conditions.join(sleeper.thread, PROMPTLY);
        assertThat(sleeper.interrupted).isFalse();
    }

    @Test
    void ring_otherBell_doesNotWake() throws Exception {
        Bell bell = bells.lease();
        Bell other = bells.lease();
        Sleeper sleeper = new Sleeper(bell, LONG_NANOS);
        sleeper.awaitAsleep();
        int seen = bell.sequence();
        bells.ring(other.index());

        assertThat(bell.sequence()).isEqualTo(seen);
        assertThat(sleeper.thread.isAlive()).isTrue();
        bells.ring(bell.index());
        Conditions.join(sleeper.thread, PROMPTLY);
    }

    @Test
    void ring_bellThatRelays_wakesTheOtherToo() throws Exception {
        Bell bell = bells.lease();
        Bell other = bells.lease();
        bell.relayTo(other.index());
        Sleeper sleeper = new Sleeper(other, LONG_NANOS);
        sleeper.awaitAsleep();
        bells.ring(bell.index());

        Conditions.join(sleeper.thread, PROMPTLY);
        int seen = other.sequence();
        bell.relayTo(-1);
        bells.ring(bell.index());
        assertThat(other.sequence()).isEqualTo(seen);
    }

    @Test
    void ring_bellsThatRelayToEachOther_ends() {
        Bell bell = bells.lease();
        Bell other = bells.lease();
        bell.relayTo(other.index());
        other.relayTo(bell.index());

        bells.ring(bell.index());
        bells.ring(other.index());
    }

    @Test
    void ring_indexOfNoBell_isIgnored() {
        for (int index : new int[] {-1, DomainLayout.BELLS, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            bells.ring(index);
        }
    }

    @Test
    @Tag("process")
    void ring_bellOfAnotherParticipant_wakesIt() throws Exception {
        try (Domain other = temporary.open()) {
            Bell bell = bells.lease();
            Sleeper sleeper = new Sleeper(bell, LONG_NANOS);
            sleeper.awaitAsleep();
            other.core().bells().ring(bell.index());

            Conditions.join(sleeper.thread, PROMPTLY);
        }
    }

    @Test
    void ringOwn_fiftySleepers_wakesThemAll() throws Exception {
        List<Sleeper> sleepers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sleepers.add(new Sleeper(bells.lease(), LONG_NANOS));
        }
        for (Sleeper sleeper : sleepers) {
            sleeper.awaitAsleep();
        }
        bells.ringOwn();

        for (Sleeper sleeper : sleepers) {
            Conditions.join(sleeper.thread, PATIENCE);
        }
    }

    @Test
    void ring_fiftySleepersOneAfterTheOther_wakesEach() throws Exception {
        List<Sleeper> sleepers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            sleepers.add(new Sleeper(bells.lease(), LONG_NANOS));
        }
        for (Sleeper sleeper : sleepers) {
            sleeper.awaitAsleep();
            bells.ring(sleeper.bell.index());
            Conditions.join(sleeper.thread, PROMPTLY);
        }
    }

    @Test
    void ringOwn_bellsOfOthers_areNotRung() throws IOException {
        try (Domain other = temporary.open()) {
            Bell theirs = other.core().bells().lease();
            int seen = theirs.sequence();
            bells.ringOwn();

            assertThat(theirs.sequence()).isEqualTo(seen);
        }
    }

    @Test
    void interrupt_sleeper_endsTheWaitAndLeavesTheStatus() throws Exception {
        Sleeper sleeper = new Sleeper(bells.lease(), LONG_NANOS);
        sleeper.awaitAsleep();
        sleeper.thread.interrupt();

        Conditions.join(sleeper.thread, PROMPTLY);
        assertThat(sleeper.interrupted).isTrue();
    }

    @Test
    void interrupt_before_returnsAtOnceAndLeavesTheStatus() {
        Bell bell = bells.lease();
        Thread.currentThread().interrupt();
        long start = System.nanoTime();
        bell.await(bell.sequence(), LONG_NANOS);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(System.nanoTime() - start).isLessThan(LONG_NANOS / 2);
    }

    @Test
    void interrupt_atTheMomentOfTheWait_isNeverLost() throws Exception {
        Bell bell = bells.lease();
        for (int round = 0; round < 300; round++) {
            Sleeper sleeper = new Sleeper(bell, LONG_NANOS);
            sleeper.awaitStarted();
            sleeper.thread.interrupt();
            Conditions.join(sleeper.thread, PROMPTLY);
            assertThat(sleeper.interrupted).isTrue();
        }
    }

    @Test
    void interrupt_sleeper_bellServesOn() throws Exception {
        Bell bell = bells.lease();
        Sleeper interrupted = new Sleeper(bell, LONG_NANOS);
        interrupted.awaitAsleep();
        interrupted.thread.interrupt();
        Conditions.join(interrupted.thread, PROMPTLY);
        Sleeper next = new Sleeper(bell, LONG_NANOS);
        next.awaitAsleep();
        bells.ring(bell.index());

        Conditions.join(next.thread, PROMPTLY);
        assertThat(next.interrupted).isFalse();
    }

    @Test
    void pingPong_twoThreads_losesNoWakeUp() throws Exception {
        MappedFile file = TestResource.open(domain.core(), "game");
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread other = new Thread(() -> {
            try {
                PingPong.play(domain.core(), file, 1, HAND_OVERS / 2);
            } catch (RuntimeException | AssertionError e) {
                failure.set(e);
            }
        });
        other.start();
        PingPong.play(domain.core(), file, 0, HAND_OVERS / 2);
        Conditions.join(other, PATIENCE);

        assertThat(failure.get()).isNull();
        assertThat(file.words().longAcquire(TestResource.TURN)).isEqualTo(HAND_OVERS);
        file.release();
    }

    @Test
    @Tag("process")
    void pingPong_twoProcesses_losesNoWakeUp() throws Exception {
        try (Peer peer = Peer.start()) {
            peer.join(path);
            peer.ask("open", "game");
            MappedFile file = TestResource.open(domain.core(), "game");
            peer.tell("ping-pong", "game", 1, HAND_OVERS / 2);
            long start = System.nanoTime();
            PingPong.play(domain.core(), file, 0, HAND_OVERS / 2);

            assertThat(peer.answer()).isEqualTo("played");
            assertThat(file.words().longAcquire(TestResource.TURN)).isEqualTo(HAND_OVERS);
            System.out.println("BellsTest: fences=" + domain.core().fences().kind() + ", handOvers=" + HAND_OVERS
                    + ", microsecondsEach=" + (System.nanoTime() - start) / 1_000 / HAND_OVERS);
            file.release();
        }
    }

    /** A thread that waits on a bell until that is rung or it is interrupted. */
    private static final class Sleeper {
        final Bell bell;
        final Thread thread;
        volatile boolean interrupted;
        private volatile boolean started;

        Sleeper(Bell bell, long nanos) {
            this.bell = bell;
            int seen = bell.sequence();
            thread = new Thread(
                    () -> {
                        started = true;
                        while (bell.sequence() == seen
                                && !Thread.currentThread().isInterrupted()) {
                            bell.await(seen, nanos);
                        }
                        interrupted = Thread.currentThread().isInterrupted();
                    },
                    "bell-" + bell.index());
            thread.setDaemon(true);
            thread.start();
        }

        void awaitStarted() throws Exception {
            Conditions.await("sleeper starts", PATIENCE, () -> started);
        }

        void awaitAsleep() throws Exception {
            awaitStarted();
            Conditions.awaitBlocked(thread, PATIENCE);
        }
    }
}
