package io.sluice.shm.domain;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DomainDirectoryTest {
    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void open_newDomain_isPrivate() throws IOException {
        Domain.open(path).close();

        assertThat(permissions())
                .containsEntry("", "rwx------")
                .containsEntry("live", "rwx------")
                .containsEntry("domain", "rw-------")
                .containsEntry("domain.lock", "rw-------");
    }

    @Test
    void open_newDomain_livenessFileIsPrivate() throws IOException {
        try (Domain domain = Domain.open(path)) {
            assertThat(permissions()).containsEntry("live/0.1", "rw-------");
            assertThat(domain.directory()).isEqualTo(path);
        }
    }

    /** Under the usual umask (022), which takes the group's right to write. */
    @Test
    @Tag("process")
    void openForGroup_usualUmask_allIsOpenToTheGroup() throws Exception {
        try (Peer peer = Peer.startUnder(List.of("/bin/sh", "-c", "umask 022; exec \"$@\"", "sh"))) {
            peer.ask("join-group", path);
            peer.ask("open", "resource");

            assertThat(permissions())
                    .containsEntry("", "rwxrwx---")
                    .containsEntry("live", "rwxrwx---")
                    .containsEntry("domain", "rw-rw----")
                    .containsEntry("resource", "rw-rw----")
                    .containsEntry("domain.lock", "rw-rw----")
                    .containsEntry("live/0.1", "rw-rw----");
        }
    }

    @Test
    @Tag("process")
    void open_openUmask_isPrivateAllTheSame() throws Exception {
        try (Peer peer = Peer.startUnder(List.of("/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"))) {
            peer.join(path);
            peer.ask("open", "resource");

            assertThat(permissions().values()).allMatch(mode -> mode.endsWith("------"));
        }
    }

    @Test
    void openForGroup_twice_isOneDomain() throws IOException {
        try (Domain one = Domain.openForGroup(path);
                Domain other = Domain.openForGroup(path)) {
            assertThat(one.participants()).hasSize(2);
            assertThat(other.participants()).hasSize(2);
        }
    }

    @Test
    void open_domainOfAGroup_isRefused() throws IOException {
        Domain.openForGroup(path).close();

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(path + ": is open to others: mode=770, forbidden=77");
    }

    @Test
    void open_directoryOpenToOthers_isRefused() throws IOException {
        createDirectory("rwxr-xr-x");

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(path + ": is open to others: mode=755, forbidden=77");
        assertThat(path).isEmptyDirectory();
    }

    @Test
    void openForGroup_directoryOpenToOthers_isRefused() throws IOException {
        createDirectory("rwxrwxr-x");

        assertThatThrownBy(() -> Domain.openForGroup(path))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(path + ": is open to others: mode=775, forbidden=7");
    }

    @Test
    void open_liveDirectoryOpenToOthers_isRefused() throws IOException {
        Domain.open(path).close();
        Files.setPosixFilePermissions(path.resolve("live"), PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageContaining("is open to others: mode=777");
    }

    @Test
    void open_directoryOfSomebodyElse_isRefused() throws IOException {
        int own = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        int other = own == 0 ? 65534 : 0;
        Path directory = own == 0 ? path : Path.of("/usr");
        if (own == 0) {
            createDirectory("rwx------");
            Files.setAttribute(path, "unix:uid", other);
        }

        assertThatThrownBy(() -> Domain.open(directory))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(directory + ": belongs to somebody else: uid=" + other + ", expected=" + own);
    }

    @Test
    void open_symbolicLinkToADirectory_isRefused() throws IOException {
        Path target = temporary.parent().resolve("target");
        Files.createDirectory(
                target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(path, target);

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(path + ": is not a directory (links are not followed)");
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void open_danglingSymbolicLink_isRefused() throws IOException {
        Files.createSymbolicLink(path, temporary.parent().resolve("nowhere"));

        assertThatThrownBy(() -> Domain.open(path)).isInstanceOf(FileSystemException.class);
        assertThat(temporary.parent().resolve("nowhere")).doesNotExist();
    }

    @Test
    void open_symbolicLinkInPlaceOfTheDomainFile_isRefused() throws IOException {
        Domain.open(path).close();
        Path moved = temporary.parent().resolve("moved");
        Files.move(path.resolve("domain"), moved);
        Files.createSymbolicLink(path.resolve("domain"), moved);

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
    }

    @Test
    void open_symbolicLinkInPlaceOfTheLockFile_isRefused() throws IOException {
        createDirectory("rwx------");
        Files.createSymbolicLink(path.resolve("domain.lock"), temporary.parent().resolve("elsewhere"));

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("symbolic link");
        assertThat(temporary.parent().resolve("elsewhere")).doesNotExist();
    }

    @Test
    void open_plainFile_isRefused() throws IOException {
        Files.createFile(path);

        assertThatThrownBy(() -> Domain.open(path))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(path + ": is not a directory (links are not followed)");
    }

    @Test
    void open_parentIsMissing_isNoSuchFile() {
        assertThatThrownBy(() -> Domain.open(path.resolve("deeper"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void open_interruptedWhileTheLockIsHeld_endsAndStaysInterrupted() throws Exception {
        DomainDirectory directory = DomainDirectory.open(path, false);
        directory.locked(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> directory.locked(() -> "never")).isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
            return "";
        });
    }

    @Test
    void locked_actionFails_lockIsReleased() throws IOException {
        DomainDirectory directory = DomainDirectory.open(path, false);
        assertThatThrownBy(() -> directory.locked(() -> {
                    throw new IOException("on purpose");
                }))
                .hasMessage("on purpose");

        assertThat(directory.locked(() -> "free")).isEqualTo("free");
    }

    @Test
    @Tag("kill")
    void join_otherIsStoppedWithTheLock_joinsAfterItGoesOn() throws Exception {
        try (Peer holder = Peer.start();
                Peer joiner = Peer.start()) {
            holdLock(holder);
            holder.jvm().stop();
            holder.tell("release");
            joiner.tell("join", path);
            ProcessHandle process = ProcessHandle.of(joiner.jvm().pid()).orElseThrow();
            Duration before = process.info().totalCpuDuration().orElseThrow();
            Conditions.await(
                    "joiner works on it",
                    ofSeconds(10),
                    () -> process.info().totalCpuDuration().orElseThrow().compareTo(before) > 0);
            assertThat(path.resolve("domain")).doesNotExist();
            holder.jvm().resume();

            assertThat(holder.answer()).isEqualTo("released");
            assertThat(joiner.answer()).isEqualTo(String.valueOf(Owner.word(0, 1)));
        }
    }

    @Test
    @Tag("kill")
    void locked_holderIsKilled_isFreeWithinASecond() throws Exception {
        try (Peer holder = Peer.start()) {
            holdLock(holder);
            DomainDirectory directory = DomainDirectory.open(path, false);
            long start = System.nanoTime();
            holder.kill();

            assertThat(directory.locked(() -> "free")).isEqualTo("free");
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
        }
    }

    private void holdLock(Peer holder) throws InterruptedException {
        holder.tell("hold-lock", path);
        assertThat(holder.answer()).isEqualTo("holding");
    }

    @Test
    void openByName_badNames_areRefusedBeforeAnythingIsCreated() {
        for (String name : List.of("..", "a/b", "", "x".repeat(101))) {
            assertThatThrownBy(() -> Domain.open(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void openByName_directoryProperty_liesThere() throws IOException {
        String before = System.getProperty(Domain.DIRECTORY_PROPERTY);
        System.setProperty(
                Domain.DIRECTORY_PROPERTY, temporary.parent().resolve("root").toString());
        try (Domain domain = Domain.open("named")) {
            assertThat(domain.directory())
                    .isEqualTo(temporary.parent().resolve("root").resolve("named"));
        } finally {
            if (before == null) {
                System.clearProperty(Domain.DIRECTORY_PROPERTY);
            } else {
                System.setProperty(Domain.DIRECTORY_PROPERTY, before);
            }
        }
    }

    @Test
    void openByName_default_liesUnderTheUsersDirectoryInSharedMemory() throws IOException {
        assumeTrue(System.getProperty(Domain.DIRECTORY_PROPERTY) == null && Files.isDirectory(Path.of("/dev/shm")));
        String name = "sluice-test-" + ProcessHandle.current().pid();
        int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        Path expected = Path.of("/dev/shm/sluice-" + uid, name);
        try (Domain domain = Domain.open(name)) {
            assertThat(domain.directory()).isEqualTo(expected);
        } finally {
            deleteAll(expected);
        }
    }

    private void createDirectory(String permissions) throws IOException {
        Files.createDirectory(path);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    /** By name within the domain's directory, which is the empty name. */
    private Map<String, String> permissions() throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.toList()) {
                found.put(
                        path.relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
        return found;
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
