package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ResourcesTest {
    private static final String NAME = "one.test";

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private Domain domain;
    private Resources resources;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
        resources = domain.core().resources();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    @Test
    void openOrCreate_missing_createsIt() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);

        assertThat(file.path()).isEqualTo(path.resolve(NAME)).isRegularFile();
        file.release();
    }

    @Test
    void openOrCreate_existing_opensTheSame() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);
        file.words().longVolatile(TestResource.TURN, 42);
        MappedFile again = TestResource.open(domain.core(), NAME);

        assertThat(again.nonce()).isEqualTo(file.nonce());
        assertThat(again.words().longVolatile(TestResource.TURN)).isEqualTo(42);
        file.release();
        again.release();
    }

    @Test
    void openOrCreate_fileOfAnotherType_isRefusedAndLeft() throws IOException {
        TestResource.open(domain.core(), NAME).release();
        FileType other = new FileType("other", "SLUICEOT", 1, TestResource.LAYOUT, TestResource.OWNERS);
        MappedFile.Plan plan = new MappedFile.Plan(other, TestResource.LAYOUT.size(), words -> {});

        assertThatThrownBy(() -> resources.openOrCreate(NAME, plan)).isInstanceOf(IncompatibleFileException.class);
        assertThat(path.resolve(NAME)).isRegularFile();
    }

    @Test
    void confirm_usedFile_isTrue() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);

        assertThat(TestResource.attach(domain.core(), file, 0)).isTrue();
        file.release();
    }

    @Test
    void confirm_deletedMeanwhile_isFalse() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);
        resources.delete(NAME, TestResource.TYPE);

        assertThat(TestResource.attach(domain.core(), file, 0)).isFalse();
        assertThat(TestResource.owner(file, 0)).isEqualTo(Owner.NOBODY);
        file.release();
    }

    @Test
    void confirm_deletedAndCreatedAgainMeanwhile_isFalse() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);
        resources.delete(NAME, TestResource.TYPE);
        MappedFile successor = TestResource.open(domain.core(), NAME);

        assertThat(TestResource.attach(domain.core(), file, 0)).isFalse();
        assertThat(TestResource.attach(domain.core(), successor, 0)).isTrue();
        file.release();
        successor.release();
    }

    @Test
    void delete_missing_isFalse() throws IOException {
        assertThat(resources.delete(NAME, TestResource.TYPE)).isFalse();
    }

    @Test
    void delete_nobodyUsesIt_removesTheFile() throws IOException {
        TestResource.open(domain.core(), NAME).release();

        assertThat(resources.delete(NAME, TestResource.TYPE)).isTrue();
        assertThat(path.resolve(NAME)).doesNotExist();
        assertThat(resources.delete(NAME, TestResource.TYPE)).isFalse();
    }

    @Test
    void delete_usedByThisProcess_isRefusedWithItsName() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);
        TestResource.attach(domain.core(), file, 3);

        assertThatThrownBy(() -> resources.delete(NAME, TestResource.TYPE))
                .isInstanceOf(ResourceBusyException.class)
                .hasMessage("resource is in use: path=" + path.resolve(NAME) + ", "
                        + domain.core().participants().describe(TestResource.owner(file, 3)));
        assertThat(file.isDeleted()).isFalse();
        assertThat(file.isStillLinked()).isTrue();
        TestResource.detach(file, 3);
        assertThat(resources.delete(NAME, TestResource.TYPE)).isTrue();
        file.release();
    }

    @Test
    @Tag("process")
    void delete_usedByAnotherProcess_isRefusedUntilItDetaches() throws Exception {
        try (Peer peer = Peer.start()) {
            peer.join(path);
            assertThat(peer.ask("attach", NAME, 0)).isEqualTo("true");
            assertThatThrownBy(() -> resources.delete(NAME, TestResource.TYPE))
                    .isInstanceOf(ResourceBusyException.class)
                    .hasMessageContaining("pid=" + peer.jvm().pid());

            peer.ask("detach", NAME, 0);
            assertThat(resources.delete(NAME, TestResource.TYPE)).isTrue();
        }
    }

    @Test
    @Tag("kill")
    void delete_usedByADeadProcess_succeeds() throws Exception {
        try (Peer peer = Peer.start()) {
            long word = peer.join(path);
            assertThat(peer.ask("attach", NAME, 0)).isEqualTo("true");
            peer.kill();
            Conditions.await("death is seen", ofSeconds(1), () -> !isAlive(word));

            assertThat(resources.delete(NAME, TestResource.TYPE)).isTrue();
        }
    }

    @Test
    @Tag("kill")
    void delete_usedByAStoppedProcess_isRefused() throws Exception {
        try (Peer peer = Peer.start()) {
            peer.join(path);
            assertThat(peer.ask("attach", NAME, 0)).isEqualTo("true");
            peer.jvm().stop();

            assertThatThrownBy(() -> resources.delete(NAME, TestResource.TYPE))
                    .isInstanceOf(ResourceBusyException.class);
        }
    }

    @Test
    void openOrCreate_deleterDiedAfterItsMark_nobodyUsesIt_createsItAnew() throws IOException {
        MappedFile marked = markAsADeleterThatDies();
        MappedFile file = TestResource.open(domain.core(), NAME);

        assertThat(file.nonce()).isNotEqualTo(marked.nonce());
        assertThat(file.isDeleted()).isFalse();
        assertThat(TestResource.attach(domain.core(), file, 0)).isTrue();
        assertThat(marked.isStillLinked()).isFalse();
        file.release();
        marked.release();
    }

    /** Two users of one name must never be on different files. */
    @Test
    void openOrCreate_deleterDiedAfterItsMark_othersUseIt_opensTheirs() throws IOException {
        MappedFile used = TestResource.open(domain.core(), NAME);
        assertThat(TestResource.attach(domain.core(), used, 0)).isTrue();
        markAsADeleterThatDies().release();
        try (Domain other = temporary.open()) {
            MappedFile file = TestResource.open(other.core(), NAME);

            assertThat(file.nonce()).isEqualTo(used.nonce());
            assertThat(TestResource.attach(other.core(), file, 1)).isTrue();
            assertThat(file.isDeleted()).isFalse();
            file.release();
        }
        used.release();
    }

    /** A user that attaches to a marked file finds it whole and takes the mark away. */
    @Test
    void confirm_deleterDiedAfterItsMark_healsTheFile() throws IOException {
        MappedFile file = TestResource.open(domain.core(), NAME);
        markAsADeleterThatDies().release();

        assertThat(TestResource.attach(domain.core(), file, 0)).isTrue();
        assertThat(file.isDeleted()).isFalse();
        assertThat(file.isStillLinked()).isTrue();
        file.release();
    }

    @Test
    void delete_deleterDiedAfterItsMark_finishesIt() throws IOException {
        markAsADeleterThatDies().release();

        assertThat(resources.delete(NAME, TestResource.TYPE)).isTrue();
        assertThat(path.resolve(NAME)).doesNotExist();
    }

    private MappedFile markAsADeleterThatDies() throws IOException {
        TestResource.open(domain.core(), NAME).release();
        MappedFile file = MappedFile.open(path.resolve(NAME), TestResource.TYPE);
        file.setDeleted(true);
        return file;
    }

    @Test
    @Tag("process")
    void delete_whileOthersAttach_neverSplitsThem() throws Exception {
        try (Peer peer = Peer.start()) {
            peer.join(path);
            peer.ask("open", "ledger");
            peer.tell("hammer", NAME, 1, 2_000);
            String here = AttachHammer.run(domain.core(), NAME, 0, 2_000);
            String there = peer.answer();
            System.out.println("ResourcesTest: here: " + here + "; there: " + there);

            for (String side : new String[] {here, there}) {
                assertThat(side).startsWith("attached=");
                Map<String, Integer> counts = Arrays.stream(side.split(" ", -1))
                        .map(word -> word.split("=", -1))
                        .collect(Collectors.toMap(word -> word[0], word -> Integer.valueOf(word[1])));
                assertThat(counts.get("attached")).isPositive();
                assertThat(counts.get("deleted")).isPositive();
            }
        }
    }

    @Test
    void reap_unusedFilesOfTheType_areDeleted() throws IOException {
        TestResource.open(domain.core(), "a.test").release();
        TestResource.open(domain.core(), "b.test").release();
        TestResource.open(domain.core(), "c.other").release();

        assertThat(resources.reap(".test", TestResource.TYPE)).containsExactly("a.test", "b.test");
        assertThat(path.toFile().list()).containsExactlyInAnyOrder("domain", "domain.lock", "live", "c.other");
    }

    @Test
    void reap_usedFile_isLeft() throws IOException {
        MappedFile used = TestResource.open(domain.core(), "a.test");
        TestResource.attach(domain.core(), used, 0);
        TestResource.open(domain.core(), "b.test").release();

        assertThat(resources.reap(".test", TestResource.TYPE)).containsExactly("b.test");
        assertThat(used.isStillLinked()).isTrue();
        assertThat(used.isDeleted()).isFalse();
        used.release();
    }

    @Test
    void reap_remainsOfTheDead_areDeletedAndTheLivingStay() throws IOException {
        Files.write(path.resolve(".building-a.test"), new byte[10]);
        Files.createFile(path.resolve("live").resolve("17.4"));

        assertThat(resources.reap(".test", TestResource.TYPE)).isEmpty();
        assertThat(path.resolve(".building-a.test")).doesNotExist();
        assertThat(path.resolve("live").toFile().list()).containsExactly("0.1");
        assertThat(domain.participants()).hasSize(1);
    }

    /** A file of that name that is not of the type: it is not ours to delete, and must not stop the rest. */
    @Test
    void reap_foreignFileOfThatName_isLeftAndTheRestIsReaped() throws IOException {
        Files.write(path.resolve("a.test"), new byte[4096]);
        TestResource.open(domain.core(), "b.test").release();
        Files.write(path.resolve(".building-c.test"), new byte[10]);

        assertThat(resources.reap(".test", TestResource.TYPE)).containsExactly("b.test");
        assertThat(path.resolve("a.test")).exists();
        assertThat(path.resolve(".building-c.test")).doesNotExist();
    }

    private boolean isAlive(long word) {
        return domain.core().participants().isAlive(word);
    }
}
