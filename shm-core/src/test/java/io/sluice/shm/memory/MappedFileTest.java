package io.sluice.shm.memory;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.OwnProcess;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MappedFileTest {
    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("test"));
    private static final int OWNER = FIELDS.int64("owner", "of the file");
    private static final int VALUE = FIELDS.int64("value", "anything");
    private static final int LAST = FIELDS.align(4096).int64("last", "as value");
    private static final Layout LAYOUT = FIELDS.end();
    private static final FileType.Owners OWNERS = new FileType.Owners(OWNER, 1, Long.BYTES);
    private static final FileType TYPE = new FileType("test", "SLUICETS", 1, LAYOUT, OWNERS);
    private static final int HEADER_SIZE =
            FileHeader.declare(Layout.named("header")).end().size();
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    private final TemporaryDomain directory = new TemporaryDomain();
    private final Path path = directory.parent().resolve("file");

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    @Test
    void open_createdFile_hasWhatWasWritten() throws IOException {
        create(words -> words.longPlain(VALUE, 42));
        MappedFile file = MappedFile.open(path, TYPE);

        assertThat(file.words().longPlain(VALUE)).isEqualTo(42);
        assertThat(file.words().longPlain(LAST)).isZero();
        assertThat(file.buffer().capacity()).isEqualTo(LAYOUT.size());
        assertThat(file.isDeleted()).isFalse();
        assertThat(file.path()).isEqualTo(path);
        file.release();
    }

    @Test
    void open_missing_isNoSuchFile() {
        assertThatThrownBy(() -> MappedFile.open(path, TYPE))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(path.toString());
    }

    @Test
    void open_emptyFile_isTruncated() throws IOException {
        Files.createFile(path);

        assertRefused(
                Reason.TRUNCATED,
                "test file is shorter than its header: path=" + path + ", actual=0, expected=" + HEADER_SIZE);
    }

    @Test
    void open_partOfAHeader_isTruncated() throws IOException {
        create(words -> {});
        truncate(HEADER_SIZE - 1);

        assertRefused(
                Reason.TRUNCATED,
                "test file is shorter than its header: path=" + path + ", actual=" + (HEADER_SIZE - 1) + ", expected="
                        + HEADER_SIZE);
    }

    @Test
    void open_shorterThanItsHeaderSays_isTruncated() throws IOException {
        create(words -> {});
        truncate(LAYOUT.size() - 8);

        assertRefused(
                Reason.TRUNCATED,
                "test file is shorter than its header says: path=" + path + ", actual=" + (LAYOUT.size() - 8)
                        + ", expected=" + LAYOUT.size());
    }

    @Test
    void open_longerThanItsHeaderSays_isOfAnotherSize() throws IOException {
        create(words -> {});
        Files.write(path, new byte[8], StandardOpenOption.APPEND);

        assertRefused(
                Reason.SIZE,
                "test file has another size than its header says: path=" + path + ", actual=" + (LAYOUT.size() + 8)
                        + ", expected=" + LAYOUT.size());
    }

    /** The message names the size that the layout needs, not the one that the file has. */
    @Test
    void open_shorterThanItsLayout_isOfAnotherSize() throws IOException {
        MappedFile.Plan small = new MappedFile.Plan(TYPE, 96, words -> {});
        MappedFile.create(path, small, PRIVATE);

        IncompatibleFileException refused =
                catchThrowableOfType(IncompatibleFileException.class, () -> MappedFile.open(path, TYPE));
        assertThat(refused.reason()).isEqualTo(Reason.SIZE);
        assertThat(refused).hasMessageEndingWith("path=" + path + ", actual=96, expected=" + LAYOUT.size());
    }

    @Test
    void open_randomBytes_isForeign() throws IOException {
        long seed = Seed.next("MappedFileTest");
        byte[] bytes = new byte[LAYOUT.size()];
        new Random(seed).nextBytes(bytes);
        Files.write(path, bytes);
        String magic = Long.toHexString(
                ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong());

        assertRefused(
                Reason.FOREIGN,
                "test file has another magic: path=" + path + ", actual=" + magic + ", expected="
                        + Long.toHexString(TYPE.magicWord()));
    }

    @Test
    void open_fileOfAnotherKind_isForeign() throws IOException {
        create(words -> {});
        FileType other = new FileType("other", "SLUICEOT", 1, LAYOUT, OWNERS);

        assertThatThrownBy(() -> MappedFile.open(path, other))
                .isInstanceOfSatisfying(
                        IncompatibleFileException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.FOREIGN))
                .hasMessage("other file has another magic: path=" + path + ", actual="
                        + Long.toHexString(TYPE.magicWord()) + ", expected=" + Long.toHexString(other.magicWord()));
    }

    @Test
    void open_fileBeforeItsMagicIsWritten_isForeign() throws IOException {
        create(words -> {});
        overwrite("magic", 0L);

        assertRefused(
                Reason.FOREIGN,
                "test file has another magic: path=" + path + ", actual=0, expected="
                        + Long.toHexString(TYPE.magicWord()));
    }

    @Test
    void open_reversedMagic_isOfTheOtherByteOrder() throws IOException {
        create(words -> {});
        overwrite("magic", Long.reverseBytes(TYPE.magicWord()));

        assertRefused(
                Reason.BYTE_ORDER,
                "test file has the other byte order: path=" + path + ", actual=reversed, expected=native");
    }

    @Test
    void open_reversedByteOrderMark_isOfTheOtherByteOrder() throws IOException {
        create(words -> {});
        overwrite("byteOrder", Integer.reverseBytes(0x01020304));

        assertRefused(
                Reason.BYTE_ORDER,
                "test file has the other byte order: path=" + path + ", actual=reversed, expected=native");
    }

    @Test
    void open_anotherVersion_saysBoth() throws IOException {
        create(words -> {});
        overwrite("version", 7);

        assertRefused(
                Reason.VERSION,
                "test file has another version (delete it when nobody uses it): path=" + path
                        + ", actual=7, expected=1");
    }

    @Test
    void open_anotherLayout_saysBothFingerprints() throws IOException {
        create(words -> {});
        overwrite("layout", 0xabcdefL);

        assertRefused(
                Reason.LAYOUT,
                "test file has another layout (delete it when nobody uses it): path=" + path
                        + ", actual=abcdef, expected=" + Long.toHexString(LAYOUT.fingerprint()));
    }

    @Test
    void open_anotherBoot_saysWhatToDo() throws IOException {
        create(words -> {});
        overwrite("bootHigh", 1L);
        overwrite("bootLow", 2L);

        assertRefused(
                Reason.BOOT,
                "test file is left from before the last boot (delete it): path=" + path + ", actual=" + new UUID(1, 2)
                        + ", expected=" + BootId.CURRENT);
    }

    @Test
    void open_symbolicLink_isNotFollowed() throws IOException {
        Path target = directory.parent().resolve("target");
        MappedFile.create(target, plan(words -> {}), PRIVATE);
        Files.createSymbolicLink(path, target);

        assertThatThrownBy(() -> MappedFile.open(path, TYPE))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("symbolic link");
    }

    @Test
    void open_withoutPermission_isAccessDenied() throws IOException {
        create(words -> {});
        Files.setPosixFilePermissions(path, Set.of());
        assumeTrue(!Files.isReadable(path), "this user may read everything");

        assertThatThrownBy(() -> MappedFile.open(path, TYPE))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(path.toString());
    }

    @Test
    void open_refusedFile_leavesNoMappingAndNoDescriptor() throws IOException {
        assumeTrue(OwnProcess.isReadable());
        create(words -> {});
        overwrite("version", 7);
        assertThatThrownBy(() -> MappedFile.open(path, TYPE)).isInstanceOf(IncompatibleFileException.class);

        assertThat(OwnProcess.mappingsUnder(directory.parent())).isEmpty();
        assertThat(OwnProcess.descriptorsUnder(directory.parent())).isEmpty();
    }

    @Test
    void create_permissions_areThoseOfThePlanWhateverTheUmask() throws IOException {
        MappedFile.create(path, plan(words -> {}), PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-rw-rw-");
    }

    @Test
    void create_nameIsTaken_leavesTheFileAsItIs() throws IOException {
        create(words -> words.longPlain(VALUE, 1));

        assertThatThrownBy(() -> create(words -> words.longPlain(VALUE, 2)))
                .isInstanceOf(FileAlreadyExistsException.class);
        MappedFile file = MappedFile.open(path, TYPE);
        assertThat(file.words().longPlain(VALUE)).isEqualTo(1);
        file.release();
        assertThat(names()).containsExactly("file");
    }

    @Test
    void create_initFails_leavesNothing() throws IOException {
        assertThatThrownBy(() -> create(words -> {
                    throw new IllegalStateException("on purpose");
                }))
                .hasMessage("on purpose");

        assertThat(names()).isEmpty();
        if (OwnProcess.isReadable()) {
            assertThat(OwnProcess.mappingsUnder(directory.parent())).isEmpty();
        }
    }

    @Test
    void create_initWritesBehindTheEnd_leavesNothing() throws IOException {
        assertThatThrownBy(() -> create(words -> words.longPlain(LAYOUT.size(), 1)))
                .isInstanceOf(IndexOutOfBoundsException.class);

        assertThat(names()).isEmpty();
    }

    @Test
    void create_directoryIsMissing_isAnIoException() {
        Path nowhere = directory.parent().resolve("missing").resolve("file");

        assertThatThrownBy(() -> MappedFile.create(nowhere, plan(words -> {}), PRIVATE))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void create_remainsOfADeadCreator_areReplaced() throws IOException {
        Path remains = directory.parent().resolve(".building-file");
        Files.write(remains, new byte[] {1, 2, 3});
        create(words -> words.longPlain(VALUE, 42));

        MappedFile file = MappedFile.open(path, TYPE);
        assertThat(file.words().longPlain(VALUE)).isEqualTo(42);
        file.release();
        assertThat(names()).containsExactly("file");
    }

    /** A file of real blocks: what is not there cannot be taken away by others later. */
    @Test
    void create_file_hasAllItsBlocks() throws IOException {
        int length = LAYOUT.size() + (1 << 20);
        MappedFile.create(path, new MappedFile.Plan(TYPE, length, words -> {}), PRIVATE);
        Process stat = new ProcessBuilder("stat", "-c", "%b %B", path.toString()).start();
        String[] blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .strip()
                .split(" ", -1);

        assertThat(Long.parseLong(blocks[0]) * Long.parseLong(blocks[1])).isGreaterThanOrEqualTo(length);
    }

    @Test
    void isTemporary_nameOfAFileUnderConstruction_isTrue() throws IOException {
        AtomicReference<Set<String>> during = new AtomicReference<>();
        create(words -> during.set(Set.copyOf(names())));

        assertThat(during.get()).hasSize(1).allMatch(name -> MappedFile.isTemporary(Path.of(name)));
        assertThat(MappedFile.isTemporary(path.getFileName())).isFalse();
    }

    @Test
    void open_whileOthersCreateAndDelete_seesTheWholeFileOrNone() throws Exception {
        int rounds = 300;
        AtomicInteger seen = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread creator = new Thread(() -> createAndDelete(rounds, seen, failure), "creator");
        creator.setDaemon(true);
        creator.start();
        while (creator.isAlive()) {
            try {
                MappedFile file = MappedFile.open(path, TYPE);
                long value = file.words().longPlain(VALUE);
                assertThat(value).isPositive();
                assertThat(file.words().longPlain(LAST)).isEqualTo(value);
                seen.set((int) value);
                file.release();
            } catch (NoSuchFileException betweenTwo) {
                Thread.onSpinWait();
            }
        }
        Conditions.join(creator, ofSeconds(30));

        assertThat(failure.get()).isNull();
        assertThat(seen).hasPositiveValue();
    }

    private void createAndDelete(int rounds, AtomicInteger seen, AtomicReference<Throwable> failure) {
        try {
            for (int round = 1; round <= rounds; round++) {
                long value = round;
                create(words -> {
                    words.longPlain(VALUE, value);
                    words.longPlain(LAST, value);
                });
                if (round % 10 == 0) {
                    Conditions.await("the file is seen", ofSeconds(10), () -> seen.get() == value);
                }
                Files.delete(path);
            }
        } catch (Exception | AssertionError e) {
            failure.set(e);
        }
    }

    @Test
    void isStillLinked_untouched_isTrue() throws IOException {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);

        assertThat(file.isStillLinked()).isTrue();
        file.release();
    }

    @Test
    void isStillLinked_deleted_isFalse() throws IOException {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        Files.delete(path);

        assertThat(file.isStillLinked()).isFalse();
        file.release();
    }

    @Test
    void isStillLinked_deletedAndCreatedAgain_isFalse() throws IOException {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        Files.delete(path);
        create(words -> {});
        MappedFile successor = MappedFile.open(path, TYPE);

        assertThat(file.isStillLinked()).isFalse();
        assertThat(successor.isStillLinked()).isTrue();
        assertThat(successor.nonce()).isNotEqualTo(file.nonce());
        file.release();
        successor.release();
    }

    @Test
    void isStillLinked_shortFileInItsPlace_isFalse() throws IOException {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        Files.delete(path);
        Files.createFile(path);

        assertThat(file.isStillLinked()).isFalse();
        file.release();
    }

    @Test
    void isStillLinked_interruptedThread_answersAndStaysInterrupted() throws IOException {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        Thread.currentThread().interrupt();
        try {
            assertThat(file.isStillLinked()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
            file.release();
        }
    }

    @Test
    void isStillLinked_interruptsAtAnyMoment_alwaysAnswers() throws Exception {
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        Thread asking = Thread.currentThread();
        AtomicBoolean over = new AtomicBoolean();
        Thread interrupter = new Thread(
                () -> {
                    while (!over.get()) {
                        asking.interrupt();
                        Thread.onSpinWait();
                    }
                },
                "interrupter");
        interrupter.start();
        try {
            for (int i = 0; i < 2_000; i++) {
                assertThat(file.isStillLinked()).isTrue();
                Thread.interrupted();
            }
        } finally {
            over.set(true);
            while (interrupter.isAlive()) {
                Thread.interrupted();
                Thread.onSpinWait();
            }
            Thread.interrupted();
            file.release();
        }
    }

    @Test
    void setDeleted_seenByOthers() throws IOException {
        create(words -> {});
        MappedFile one = MappedFile.open(path, TYPE);
        MappedFile other = MappedFile.open(path, TYPE);

        one.setDeleted(true);
        assertThat(other.isDeleted()).isTrue();
        one.setDeleted(false);
        assertThat(other.isDeleted()).isFalse();
        one.release();
        other.release();
    }

    @Test
    void release_lastUser_unmaps() throws IOException {
        assumeTrue(OwnProcess.isReadable());
        create(words -> {});
        MappedFile file = MappedFile.open(path, TYPE);
        assertThat(file.retain()).isTrue();

        file.release();
        assertThat(OwnProcess.mappingsUnder(directory.parent())).hasSize(1);
        file.release();
        assertThat(OwnProcess.mappingsUnder(directory.parent())).isEmpty();
        assertThat(file.retain()).isFalse();
    }

    private void create(Consumer<Words> init) throws IOException {
        MappedFile.create(path, plan(init), PRIVATE);
    }

    private static MappedFile.Plan plan(Consumer<Words> init) {
        return new MappedFile.Plan(TYPE, LAYOUT.size(), init);
    }

    private void assertRefused(Reason reason, String message) {
        IncompatibleFileException refused =
                catchThrowableOfType(IncompatibleFileException.class, () -> MappedFile.open(path, TYPE));
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused).hasMessage(message);
    }

    private Set<String> names() {
        try (Stream<Path> files = Files.list(directory.parent())) {
            return Set.copyOf(files.map(file -> file.getFileName().toString()).toList());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void truncate(long length) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    private void overwrite(String field, int value) throws IOException {
        overwrite(field, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(0, value));
    }

    private void overwrite(String field, long value) throws IOException {
        overwrite(field, ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, value));
    }

    /** The header's offsets are private: they are taken from its diagram. */
    private void overwrite(String field, ByteBuffer value) throws IOException {
        String[] line = LAYOUT.diagram()
                .lines()
                .map(text -> text.strip().split(" +", -1))
                .filter(words -> words.length > 2 && words[2].equals(field))
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(line[1])).isEqualTo(value.capacity());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(value, Integer.parseInt(line[0]));
        }
    }
}
