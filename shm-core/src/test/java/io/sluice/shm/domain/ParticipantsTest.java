package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ParticipantsTest {
    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void register_first_getsSlotZeroAndIncarnationOne() throws IOException {
        try (Domain domain = temporary.open()) {
            assertThat(domain.core().participants().self()).isEqualTo(Owner.word(0, 1));
        }
    }

    @Test
    void register_others_getTheNextSlots() throws IOException {
        try (Domain one = temporary.open();
                Domain two = temporary.open();
                Domain three = temporary.open()) {
            assertThat(self(one)).isEqualTo(Owner.word(0, 1));
            assertThat(self(two)).isEqualTo(Owner.word(1, 1));
            assertThat(self(three)).isEqualTo(Owner.word(2, 1));
        }
    }

    @Test
    void register_slotThatWasLeft_isUsedAgainByTheNextIncarnation() throws IOException {
        try (Domain stays = temporary.open()) {
            temporary.open().close();
            try (Domain next = temporary.open()) {
                assertThat(self(next)).isEqualTo(Owner.word(1, 2));
                assertThat(stays.core().participants().isAlive(Owner.word(1, 1)))
                        .isFalse();
                assertThat(stays.core().participants().isAlive(self(next))).isTrue();
            }
        }
    }

    @Test
    @Tag("kill")
    void register_slotOfADeadProcess_isUsedAgain() throws Exception {
        try (Domain stays = temporary.open();
                Peer victim = Peer.start()) {
            long dead = victim.join(path);
            victim.kill();
            Conditions.await("death is seen", ofSeconds(1), () -> !isAlive(stays, dead));
            try (Domain next = temporary.open()) {
                assertThat(self(next)).isEqualTo(Owner.word(Owner.slot(dead), Owner.incarnation(dead) + 1));
            }
        }
    }

    @Test
    void register_afterAllLeft_incarnationsGoOn() throws IOException {
        temporary.open().close();
        temporary.open().close();
        try (Domain domain = temporary.open()) {
            assertThat(self(domain)).isEqualTo(Owner.word(0, 3));
        }
    }

    @Test
    void register_reusedSlot_leavesOneLivenessFile() throws IOException {
        temporary.open().close();
        try (Domain domain = temporary.open()) {
            assertThat(livenessFiles()).containsExactly("0.2");
            assertThat(domain.participants()).hasSize(1);
        }
    }

    @Test
    void register_remainsOfOneThatDiedWhileRegistering_doNotHinder() throws IOException {
        temporary.open().close();
        Files.createFile(path.resolve("live").resolve("0.2"));
        try (Domain domain = temporary.open()) {
            assertThat(self(domain)).isEqualTo(Owner.word(0, 2));
        }
    }

    @Test
    void register_oneTooMany_saysHowManyThereAre() throws IOException {
        List<Domain> domains = new ArrayList<>();
        try {
            for (int i = 0; i < Domain.MAX_PARTICIPANTS; i++) {
                domains.add(temporary.open());
            }
            assertThat(domains.get(0).participants()).hasSize(63);
            assertThatThrownBy(temporary::open)
                    .isInstanceOf(IOException.class)
                    .hasMessage("domain has no free slot: directory=" + path + ", participants=63");

            domains.remove(17).close();
            domains.add(temporary.open());
            assertThat(self(domains.get(62))).isEqualTo(Owner.word(17, 2));
        } finally {
            domains.forEach(Domain::close);
        }
    }

    /** A damaged table is an exception: no hang, no crash, no word that names somebody else. */
    @Test
    void register_incarnationBeyondItsRange_isRefused() throws IOException {
        temporary.open().close();
        MappedFile file = MappedFile.open(path.resolve("domain"), DomainLayout.TYPE);
        file.words().longVolatile(DomainLayout.participant(0, DomainLayout.INCARNATION), -1);
        file.release();

        assertThatThrownBy(() -> temporary.open().close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("incarnation=-1");
    }

    @Test
    void isAlive_self_isTrue() throws IOException {
        try (Domain domain = temporary.open()) {
            assertThat(isAlive(domain, self(domain))).isTrue();
        }
    }

    @Test
    void isAlive_otherInThisProcess_isTrueUntilItLeaves() throws IOException {
        try (Domain domain = temporary.open()) {
            long word;
            try (Domain other = temporary.open()) {
                word = self(other);
                assertThat(isAlive(domain, word)).isTrue();
            }
            assertThat(isAlive(domain, word)).isFalse();
        }
    }

    @Test
    void isAlive_bitsOfWhoeverStoresTheWord_doNotCount() throws IOException {
        try (Domain domain = temporary.open();
                Domain other = temporary.open()) {
            assertThat(isAlive(domain, self(other) | 1L << 55 | 1L << 63)).isTrue();
        }
    }

    @Test
    void isAlive_wordsThatNameNobody_isFalse() throws IOException {
        try (Domain domain = temporary.open()) {
            assertThat(isAlive(domain, Owner.NOBODY)).isFalse();
            assertThat(isAlive(domain, Owner.word(5, 1))).isFalse();
            assertThat(isAlive(domain, Owner.word(Participants.MAX, 1))).isFalse();
            assertThat(isAlive(domain, Owner.word(126, 1))).isFalse();
            assertThat(isAlive(domain, -1)).isFalse();
        }
    }

    @Test
    @Tag("kill")
    void isAlive_killedProcess_isFalseWithinASecond() throws Exception {
        try (Domain domain = temporary.open();
                Peer victim = Peer.start()) {
            long word = victim.join(path);
            assertThat(isAlive(domain, word)).isTrue();
            victim.kill();

            Conditions.await("death is seen", ofSeconds(1), () -> !isAlive(domain, word));
            assertThat(domain.participants()).hasSize(1);
        }
    }

    @Test
    @Tag("process")
    void isAlive_processThatLeft_isFalse() throws Exception {
        try (Domain domain = temporary.open();
                Peer peer = Peer.start()) {
            long word = peer.join(path);
            peer.ask("leave");

            assertThat(isAlive(domain, word)).isFalse();
        }
    }

    @Test
    @Tag("process")
    void isAlive_interruptedThread_answersAndStaysInterrupted() throws Exception {
        try (Domain domain = temporary.open();
                Peer peer = Peer.start()) {
            long word = peer.join(path);
            Thread.currentThread().interrupt();
            boolean alive = isAlive(domain, word);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(alive).isTrue();
        }
    }

    @Test
    @Tag("kill")
    void isAlive_stoppedProcess_isTrueAndItIsDescribedAsStopped() throws Exception {
        try (Domain domain = temporary.open();
                Peer peer = Peer.start()) {
            long word = peer.join(path);
            Participants participants = domain.core().participants();
            assertThat(participants.describe(word).state()).isEqualTo(Participant.State.ALIVE);

            peer.jvm().stop();
            Conditions.await(
                    "is described as stopped",
                    ofSeconds(10),
                    () -> participants.describe(word).state() == Participant.State.STOPPED);
            assertThat(participants.isAlive(word)).isTrue();
            assertThat(domain.participants()).hasSize(2);

            peer.jvm().resume();
            Conditions.await(
                    "is described as alive",
                    ofSeconds(10),
                    () -> participants.describe(word).state() == Participant.State.ALIVE);
        }
    }

    @Test
    @Tag("process")
    void describe_otherProcess_namesPidAndMainClass() throws Exception {
        try (Domain domain = temporary.open();
                Peer peer = Peer.start()) {
            long word = peer.join(path);

            assertThat(domain.core().participants().describe(word))
                    .isEqualTo(new Participant(
                            Owner.slot(word), 1, peer.jvm().pid(), Peer.Main.class.getName(), Participant.State.ALIVE))
                    .hasToString("pid=" + peer.jvm().pid() + ", name=" + Peer.Main.class.getName()
                            + ", slot=1, incarnation=1, state=ALIVE");
        }
    }

    @Test
    @Tag("kill")
    void describe_deadProcess_keepsItsPidAndName() throws Exception {
        try (Domain domain = temporary.open();
                Peer peer = Peer.start()) {
            long word = peer.join(path);
            peer.kill();
            Conditions.await("death is seen", ofSeconds(1), () -> !isAlive(domain, word));

            assertThat(domain.core().participants().describe(word))
                    .isEqualTo(
                            new Participant(1, 1, peer.jvm().pid(), Peer.Main.class.getName(), Participant.State.DEAD));
        }
    }

    @Test
    void describe_wordOfNobody_isDead() throws IOException {
        try (Domain domain = temporary.open()) {
            assertThat(domain.core().participants().describe(Owner.word(100, 5)))
                    .isEqualTo(new Participant(100, 5, -1, "?", Participant.State.DEAD));
        }
    }

    @Test
    void describe_damagedNameLength_staysInsideTheName() throws IOException {
        try (Domain domain = temporary.open()) {
            for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                MappedFile file = MappedFile.open(path.resolve("domain"), DomainLayout.TYPE);
                file.words().intVolatile(DomainLayout.participant(0, DomainLayout.NAME_LENGTH), length);
                file.release();

                assertThat(domain.core()
                                .participants()
                                .describe(self(domain))
                                .name()
                                .length())
                        .isLessThanOrEqualTo(DomainLayout.NAME_BYTES);
            }
        }
    }

    private static long self(Domain domain) {
        return domain.core().participants().self();
    }

    private static boolean isAlive(Domain domain, long word) {
        return domain.core().participants().isAlive(word);
    }

    private List<String> livenessFiles() throws IOException {
        try (Stream<Path> files = Files.list(path.resolve("live"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
