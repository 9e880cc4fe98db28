package io.sluice.rwlock;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.OwnProcess;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of a lock and the life of its handles: foreign, damaged, deleted, closed. */
class MappedLockFileTest {
    private static final String NAME = "book";
    private static final Duration SERVED = ofSeconds(5);
    private static final int CYCLES = Stress.choose(1000, 10_000);
    private static final int FUZZ_ROUNDS = Stress.choose(150, 5_000);
    private static final long NOBODY_KNOWN = Owner.word(40, 7);

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();
    private final Path file = path.resolve("book.lock");
    private Domain domain;

    @BeforeEach
    void openDomain() throws IOException {
        domain = temporary.open();
    }

    @AfterEach
    void deleteDirectory() {
        domain.close();
        temporary.close();
    }

    // ---------------------------------------------------------------- numbers and names

    @ParameterizedTest
    @ValueSource(strings = {"..", "../book", "a/b", "/book", ".book", "-book", "", "a b", "b\u00fccher", "a*b"})
    void named_noName_isRefused(String name) {
        assertThatThrownBy(() -> MappedReadWriteLock.named(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lock name must be 1 to 100 of A-Z a-z 0-9 _ . - and begin with a letter, digit or _: name="
                        + name);
        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MappedReadWriteLock.delete(domain, name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void named_longestName_isServed() throws Exception {
        String longest = "n".repeat(100);
        assertThatThrownBy(() -> MappedReadWriteLock.named(longest + "n")).isInstanceOf(IllegalArgumentException.class);
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, longest)) {
            assertThat(lock.name()).isEqualTo(longest);
            lock.write().close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 4097, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void lanes_outOfRange_isRefused(int number) {
        MappedReadWriteLock.Builder builder = MappedReadWriteLock.named(NAME);

        assertThatThrownBy(() -> builder.lanes(number))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lanes must be 1 to 4096: lock=book, lanes=" + number);
    }

    @Test
    void readersAfter_negative_isRefused() {
        MappedReadWriteLock.Builder builder = MappedReadWriteLock.named(NAME);

        assertThatThrownBy(() -> builder.readersAfter(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must not be negative: lock=book, readersAfter=-1");
    }

    @Test
    void open_existsWithOtherNumbers_isRefusedWithAllOfThem() throws Exception {
        MappedReadWriteLock.named(NAME).lanes(8).readersAfter(3).open(domain).close();

        refused(
                builder -> builder.lanes(9),
                Reason.SIZE,
                "lock exists with other numbers: path=" + file
                        + ", lanes=8, expectedLanes=9, readersAfter=3, expectedReadersAfter=-1");
        refused(
                builder -> builder.readersAfter(0),
                Reason.SIZE,
                "lock exists with other numbers: path=" + file
                        + ", lanes=8, expectedLanes=0, readersAfter=3, expectedReadersAfter=0");
        MappedReadWriteLock.named(NAME).lanes(8).readersAfter(3).open(domain).close();
        MappedReadWriteLock.open(domain, NAME).close();
    }

    @Test
    void open_isOpenWithOtherNumbers_isRefusedAndTheOpenOneServesOn() throws Exception {
        try (MappedReadWriteLock lock = MappedReadWriteLock.named(NAME).lanes(8).open(domain)) {
            refused(
                    builder -> builder.lanes(9),
                    Reason.SIZE,
                    "lock exists with other numbers: path=" + file
                            + ", lanes=8, expectedLanes=9, readersAfter=0, expectedReadersAfter=-1");
            lock.write().close();
        }
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
    }

    // ---------------------------------------------------------------- other files

    @Test
    void open_otherMagic_isForeign() throws IOException {
        create();
        overwrite("magic", ByteBuffer.wrap("SLUICECH".getBytes(StandardCharsets.US_ASCII)));

        assertThat(refused(builder -> {}, Reason.FOREIGN))
                .startsWith("lock file has another magic: path=" + file + ", actual=");
    }

    @Test
    void open_otherVersion_isRefusedWithBoth() throws IOException {
        create();
        overwrite("version", 99);

        refused(
                builder -> {},
                Reason.VERSION,
                "lock file has another version (delete it when nobody uses it): path=" + file
                        + ", actual=99, expected=1");
    }

    @Test
    void open_otherLayout_isRefusedWithBothFingerprints() throws IOException {
        create();
        overwrite("layout", 0x1234L);

        refused(
                builder -> {},
                Reason.LAYOUT,
                "lock file has another layout (delete it when nobody uses it): path=" + file
                        + ", actual=1234, expected=" + Long.toHexString(LockLayout.LAYOUT.fingerprint()));
    }

    @Test
    void open_ofAnotherBoot_isRefusedAndCanBeDeleted() throws IOException {
        create();
        overwrite("bootHigh", 1L);

        assertThat(refused(builder -> {}, Reason.BOOT)).startsWith("lock file is left from before the last boot");
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void open_truncated_isRefusedWithBothSizes() throws IOException {
        create();
        long size = Files.size(file);
        truncate(size - 128);

        refused(
                builder -> {},
                Reason.TRUNCATED,
                "lock file is shorter than its header says: path=" + file + ", actual=" + (size - 128) + ", expected="
                        + size);
        truncate(10);
        assertThat(refused(builder -> {}, Reason.TRUNCATED)).contains("is shorter than its header: ", "actual=10, ");
        truncate(0);
        refused(builder -> {}, Reason.TRUNCATED);
    }

    @Test
    void open_longer_isRefusedWithBothSizes() throws IOException {
        create();
        long size = Files.size(file);
        Files.write(file, new byte[128], StandardOpenOption.APPEND);

        assertThat(refused(builder -> {}, Reason.SIZE)).endsWith("actual=" + (size + 128) + ", expected=" + size);
    }

    @Test
    void open_textFile_isForeign() throws IOException {
        Files.write(file, "not a lock\n".repeat(100).getBytes(StandardCharsets.US_ASCII));

        refused(builder -> {}, Reason.FOREIGN);
        assertThatThrownBy(() -> MappedReadWriteLock.delete(domain, NAME))
                .isInstanceOf(IncompatibleFileException.class);
        assertThat(MappedReadWriteLock.reap(domain)).isEmpty();
        assertThat(file).exists();
    }

    @Test
    void open_directoryOrLink_isRefused() throws IOException {
        Files.createDirectory(file);
        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME)).isInstanceOf(FileSystemException.class);
        Files.delete(file);
        MappedReadWriteLock.open(domain, "target").close();
        Files.createSymbolicLink(file, path.resolve("target.lock"));

        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("is a symbolic link");
    }

    @Test
    void open_withoutPermission_isAccessDenied() throws IOException {
        create();
        Files.setPosixFilePermissions(file, Set.of());
        assumeTrue(!Files.isReadable(file), "this user may read everything");

        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(file.toString());
    }

    @Test
    void open_refused_leavesNoMappingAndNoDescriptor() throws IOException {
        assumeTrue(OwnProcess.isReadable());
        create();
        overwrite("lanes", 77);
        refused(builder -> {}, Reason.DAMAGED);
        overwrite("version", 7);
        refused(builder -> {}, Reason.VERSION);

        assertThat(OwnProcess.mappingsUnder(file)).isEmpty();
        assertThat(OwnProcess.descriptorsUnder(path)).noneMatch(target -> target.contains("book"));
    }

    // ---------------------------------------------------------------- hostile values

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 255, 257, 4097, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 25})
    void open_hostileNumberOfLanes_isDamaged(int lanes) throws IOException {
        create();
        overwrite("lanes", lanes);

        refused(
                builder -> {},
                Reason.DAMAGED,
                "lock's number of lanes does not fit its size: path=" + file + ", lanes=" + lanes + ", size="
                        + LockLayout.fileLength(256));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 100_000})
    void open_hostileHighWaterMarks_isServedAndExcludes(int high) throws Exception {
        create();
        overwrite("slotsHigh", high);
        overwrite("lanesHigh", high);

        assertServesAndExcludes();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 1L << 54, 63L << 48, 0x7FL << 48 | 5, 12345})
    void open_hostileOwner_isTakenForDead(long owner) throws Exception {
        create();
        overwrite("owner", owner);
        assertServesAndExcludes();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 1, 1L << 62, 0x5555555555555555L})
    void open_hostileWriters_areTakenForDead(long writers) throws Exception {
        create();
        overwrite("writers", writers);
        assertServesAndExcludes();
    }

    /** Bits whose writers are said to be nobody, out of range, or long dead. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1, 127L << 48 | 1, 41L << 48 | 7})
    void open_hostileWants_areTakenForDead(long want) throws Exception {
        create();
        overwrite("writers", (1L << 40) | (1L << 62));
        poke(words -> {
            words.longVolatile(LockLayout.slot(40, LockLayout.WANT), want);
            words.longVolatile(LockLayout.slot(62, LockLayout.WANT), want);
        });
        assertServesAndExcludes();
    }

    /** Counts of participants that are nobody, out of range, or long dead. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 1L << 40, Long.MIN_VALUE, 5L << 40 | 127L << 33 | 9, 1L << 40 | 41L << 33 | 7})
    void open_hostileLanes_areTakenForDead(long word) throws Exception {
        create();
        poke(words -> {
            words.intVolatile(LockLayout.LANES_HIGH, 256);
            words.intVolatile(LockLayout.SLOTS_HIGH, 63);
            for (int lane : new int[] {0, 40, 62, 63, 64, 200, 318}) {
                words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWN), word);
                words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_COUNTED), word);
                words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER), word);
                words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_WAITING), word);
            }
        });
        assertServesAndExcludes();
    }

    @Test
    void open_hostileWordsBesides_areServed() throws Exception {
        create();
        poke(words -> {
            words.intVolatile(LockLayout.GATE, -1);
            words.intVolatile(LockLayout.SUSPECT, -1);
            words.intVolatile(LockLayout.ADMIT, 77);
            words.intVolatile(LockLayout.PASSED, -5);
            words.intVolatile(LockLayout.REVOKED, 9);
            words.intVolatile(LockLayout.slot(0, LockLayout.BELL), -1);
            words.intVolatile(LockLayout.slot(0, LockLayout.WRITER_NAME_LENGTH), -1);
            words.intVolatile(LockLayout.lane(63, LockLayout.LANE_NAME_LENGTH), Integer.MAX_VALUE);
        });
        assertServesAndExcludes();
    }

    /** Nobody is in it: it was left by one who died. */
    @Test
    void open_sectionIsLeftOpen_isTorn() throws Exception {
        create();
        poke(words -> words.longVolatile(LockLayout.TOKEN, words.longVolatile(LockLayout.TOKEN) | 1));

        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            assertThat(Passage.through(lock.write(SERVED)).writerDied()).isTrue();
            lock.read(SERVED).close();
        }
    }

    private void assertServesAndExcludes() throws Exception {
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            Passage.through(lock.write(SERVED));
            assertThat(lock.describe()).startsWith("lock: name=book, ");
            try (Hold reader = lock.read(SERVED)) {
                Passage refused = Passage.start("writer", () -> lock.write(ofMillis(20)));
                assertThat(refused.failure()).isInstanceOf(LockTimeoutException.class);
                reader.ensureValid();
            }
            try (Hold writer = lock.write(SERVED)) {
                Passage refused = Passage.start("reader", () -> lock.read(ofMillis(20)));
                assertThat(refused.failure()).isInstanceOf(LockTimeoutException.class);
                writer.ensureValid();
            }
            lock.read(SERVED).close();
        }
    }

    /** Any word may become any value while the lock is in use: what follows is service or an exception. */
    @Test
    void words_becomeAnything_endsInServiceOrAnException() throws Exception {
        Random random = new Random(Seed.next("MappedLockFileTest"));
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            MappedReadWriteLock lock =
                    MappedReadWriteLock.named(NAME).lanes(4).readersAfter(1).open(domain);
            List<String> done = new ArrayList<>();
            FutureTask<Void> task = new FutureTask<>(() -> useAndDamage(lock, random, done), null);
            Thread thread = new Thread(task, "fuzzed");
            thread.setDaemon(true);
            thread.start();
            try {
                task.get(20, TimeUnit.SECONDS);
            } catch (TimeoutException | ExecutionException e) {
                throw new AssertionError("done=" + done + ", stack=" + List.of(thread.getStackTrace()), e);
            }
            lock.close();
            Files.delete(file); // nobody could tell who its users are
        }
    }

    private void useAndDamage(MappedReadWriteLock lock, Random random, List<String> done) {
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            try {
                poke(words -> done.add(damage(words, random)));
                int kind = random.nextInt(8);
                done.add("use " + kind);
                use(lock, kind, holds);
            } catch (IllegalStateException | LockTimeoutException | IllegalMonitorStateException expected) {
                done.add(String.valueOf(expected.getMessage()));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        holds.forEach(Hold::close);
    }

    private static void use(MappedReadWriteLock lock, int kind, List<Hold> holds) throws InterruptedException {
        Duration soon = ofMillis(2);
        switch (kind) {
            case 0 -> holds.add(lock.read(soon));
            case 1 -> Passage.through(lock.write(soon));
            case 2 -> {
                Lock view = lock.asReadWriteLock().readLock();
                if (view.tryLock(2, TimeUnit.MILLISECONDS)) {
                    view.unlock();
                }
            }
            case 3 -> {
                Lock view = lock.asReadWriteLock().writeLock();
                if (view.tryLock(2, TimeUnit.MILLISECONDS)) {
                    view.unlock();
                }
            }
            case 4 -> lock.describe();
            case 5 -> lock.validate(lock.tryOptimisticRead());
            case 6 -> {
                if (!holds.isEmpty()) {
                    holds.remove(0).close();
                }
            }
            default -> lock.parties();
        }
    }

    /** What it did. */
    private String damage(Words words, Random random) {
        int slot = LockLayout.slot(random.nextInt(LockLayout.SLOTS), 0);
        int lane = LockLayout.lane(random.nextInt(LockLayout.SLOTS + 4), 0);
        int[] longs = {
            LockLayout.WRITERS,
            LockLayout.TOKEN,
            LockLayout.OWNER,
            LockLayout.OWNER_BLOCKING,
            LockLayout.USER,
            LockLayout.WANT,
            LockLayout.WRITER_WAITING,
            LockLayout.WANT + slot,
            LockLayout.LANE_OWNER + lane,
            LockLayout.LANE_OWN + lane,
            LockLayout.LANE_COUNTED + lane,
            LockLayout.LANE_WAITING + lane,
            LockLayout.LANE_OWN + LockLayout.lane(LockLayout.SLOTS, 0),
            LockLayout.LANE_COUNTED + LockLayout.lane(LockLayout.SLOTS, 0)
        };
        int[] ints = {
            LockLayout.REVOKED,
            LockLayout.ADMIT,
            LockLayout.SUSPECT,
            LockLayout.PASSED,
            LockLayout.GATE,
            LockLayout.SLOTS_HIGH,
            LockLayout.LANES_HIGH,
            LockLayout.BELL,
            LockLayout.BELL + slot,
            LockLayout.WRITER_NAME_LENGTH,
            LockLayout.WRITER_LANE + slot,
            LockLayout.LANE_NAME_LENGTH + lane
        };
        int chosen = random.nextInt(longs.length + ints.length);
        if (chosen < longs.length) {
            long[] values = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, random.nextLong(), NOBODY_KNOWN, 1L << 40};
            long value = values[random.nextInt(values.length)];
            words.longVolatile(longs[chosen], value);
            return "long " + longs[chosen] + "=" + Long.toHexString(value);
        }
        int[] values = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt()};
        int value = values[random.nextInt(values.length)];
        words.intVolatile(ints[chosen - longs.length], value);
        return "int " + ints[chosen - longs.length] + "=" + value;
    }

    // ---------------------------------------------------------------- deleting

    @Test
    void delete_missing_isFalse() throws IOException {
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isFalse();
    }

    @Test
    void delete_openInThisProcess_isRefused() throws Exception {
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            assertThatThrownBy(() -> MappedReadWriteLock.delete(domain, NAME))
                    .isInstanceOf(ResourceBusyException.class)
                    .hasMessageStartingWith("resource is in use: path=" + file + ", pid="
                            + ProcessHandle.current().pid() + ", ");
            lock.write().close();
        }
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
        assertThat(file).doesNotExist();
    }

    /** A hold that outlives its lock still stands on the file. */
    @Test
    void delete_closedButHeld_isRefusedUntilTheHoldIsClosed() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME);
        Hold hold = lock.read();
        lock.close();
        assertThatThrownBy(() -> MappedReadWriteLock.delete(domain, NAME)).isInstanceOf(ResourceBusyException.class);

        hold.close();
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
    }

    @Test
    @Tag("kill")
    void delete_openInAnotherProcess_isRefusedUntilThatDies() throws Exception {
        try (Victim other = Victim.with(path, NAME)) {
            other.acquire("there", "write");
            assertThatThrownBy(() -> MappedReadWriteLock.delete(domain, NAME))
                    .isInstanceOf(ResourceBusyException.class)
                    .hasMessageStartingWith("resource is in use: path=" + file + ", pid="
                            + other.jvm().pid() + ", ");
            assertThat(MappedReadWriteLock.reap(domain)).isEmpty();
            other.kill();

            Conditions.await(
                    "it is reaped",
                    ofSeconds(10),
                    () -> MappedReadWriteLock.reap(domain).equals(List.of(NAME)));
            assertThat(MappedReadWriteLock.delete(domain, NAME)).isFalse();
        }
    }

    @Test
    void delete_createdAgain_goesOnWithHigherTokens() throws Exception {
        long last = 0;
        for (int round = 0; round < 20; round++) {
            try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
                for (int i = 0; i < 3; i++) {
                    long token = Passage.through(lock.write()).token();
                    assertThat(token).isGreaterThan(last);
                    last = token;
                }
            }
            assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
        }
    }

    /** A token that rises with each write must not run ahead of the clock that the next file starts from. */
    @Test
    void delete_afterAMillionFastWrites_createdAgainGoesOnWithHigherTokens() throws Exception {
        long last;
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            Lock writeLock = lock.ofCurrentThread().writeLock();
            for (int i = 0; i < 1_000_000; i++) {
                Passage.through(writeLock);
            }
            last = Passage.through(lock.write()).token();
        }
        MappedReadWriteLock.delete(domain, NAME);

        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            assertThat(lock.read().token()).isGreaterThan(last);
            assertThat(lock.tryOptimisticRead()).isNotZero();
        }
    }

    @Test
    void reap_deletesWhatNobodyUses() throws Exception {
        create();
        MappedReadWriteLock.open(domain, "other").close();
        MappedReadWriteLock used = MappedReadWriteLock.open(domain, "used");
        Files.write(path.resolve("foreign.lock"), new byte[2000]);

        assertThat(MappedReadWriteLock.reap(domain)).containsExactly("book", "other");
        assertThat(path.toFile().list())
                .containsExactlyInAnyOrder("domain", "domain.lock", "live", "used.lock", "foreign.lock");
        used.write().close();
        used.close();
        assertThat(MappedReadWriteLock.reap(domain)).containsExactly("used");
    }

    // ---------------------------------------------------------------- no space

    /** As shm-core's test of a tiny file system, which says why the domain itself still fits. */
    @Test
    @Tag("process")
    void open_doesNotFit_saysBothNumbersAndLeavesNothing() throws Exception {
        List<String> unshare = unshare();
        assumeTrue(!unshare.isEmpty(), "no mount namespace may be made here");
        long size = Files.size(path.resolve("domain")) + 128 * 1024;
        Path directory = Files.createDirectory(temporary.parent().resolve("tiny"));
        String mount = "mount -t tmpfs -o size=" + size + ",mode=0700 tmpfs " + directory + " && exec \"$@\"";
        List<String> wrapper = Stream.concat(unshare.stream(), Stream.of("sh", "-c", mount, "sh"))
                .toList();
        try (ForkedJvm fork = ForkedJvm.startUnder(wrapper, List.of(), VictimOfNoSpace.class, directory.toString())) {
            String result = fork.awaitLine("result:");
            assertThat(result).startsWith("neededBytes=" + LockLayout.fileLength(4096) + " availableBytes=");
            assertThat(result).endsWith(" left=[domain,domain.lock,live,small.lock]");
        }
    }

    private List<String> unshare() throws Exception {
        for (List<String> command : List.of(List.of("unshare", "-m"), List.of("unshare", "-U", "-r", "-m"))) {
            List<String> probe = Stream.concat(
                            command.stream(),
                            Stream.of(
                                    "mount",
                                    "-t",
                                    "tmpfs",
                                    "tmpfs",
                                    temporary.parent().toString()))
                    .toList();
            try {
                Process process =
                        new ProcessBuilder(probe).redirectErrorStream(true).start();
                if (process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0) {
                    return command;
                }
            } catch (IOException noSuchProgram) {
                return List.of();
            }
        }
        return List.of();
    }

    // ---------------------------------------------------------------- handles

    @Test
    void open_twiceInOneDomain_isOneLockForTheThread() throws Exception {
        try (MappedReadWriteLock one = MappedReadWriteLock.open(domain, NAME);
                MappedReadWriteLock two = MappedReadWriteLock.open(domain, NAME)) {
            try (Hold outer = one.write();
                    Hold inner = two.write();
                    Hold reader = two.read()) {
                assertThat(inner.token()).isEqualTo(outer.token());
                assertThat(two.asReadWriteLock().writeLock().tryLock()).isTrue();
                one.asReadWriteLock().writeLock().unlock();
                reader.ensureValid();
                Passage other = Passage.start("other", () -> two.read(ofMillis(20)));
                assertThat(other.failure()).isInstanceOf(LockTimeoutException.class);
            }
            one.close();
            two.write().close();
            assertThatThrownBy(one::write).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void open_throughTwoDomains_isTwoParticipants() throws Exception {
        try (Domain other = temporary.open();
                MappedReadWriteLock one = MappedReadWriteLock.open(domain, NAME);
                MappedReadWriteLock two = MappedReadWriteLock.open(other, NAME);
                Hold hold = one.write()) {
            assertThat(two.tryRead()).isNull();
            assertThatThrownBy(() -> two.write(ofMillis(20))).isInstanceOf(LockTimeoutException.class);
            hold.ensureValid();
        }
    }

    @Test
    void open_afterClose_isTheSameLock() throws Exception {
        MappedReadWriteLock first = MappedReadWriteLock.open(domain, NAME);
        long token = Passage.through(first.write()).token();
        first.close();
        first.close();

        try (MappedReadWriteLock second = MappedReadWriteLock.open(domain, NAME)) {
            assertThat(Passage.through(second.write()).token()).isEqualTo(token + 1);
            assertThatThrownBy(first::read)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("lock is closed: lock=book");
        }
    }

    @Test
    void open_closedButHeld_isBusyUntilTheHoldIsClosed() throws Exception {
        MappedReadWriteLock first = MappedReadWriteLock.open(domain, NAME);
        Hold hold = first.write();
        first.close();
        assertThat(hold.isValid()).isTrue();
        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME))
                .isInstanceOf(ResourceBusyException.class)
                .hasMessage("lock was closed, but not all of its holds were: lock=book");

        hold.close();
        try (MappedReadWriteLock second = MappedReadWriteLock.open(domain, NAME)) {
            second.write().close();
        }
    }

    @Test
    void open_closedButHeldByTheView_isBusyUntilThatUnlocks() throws Exception {
        MappedReadWriteLock first = MappedReadWriteLock.open(domain, NAME);
        Lock view = first.asReadWriteLock().readLock();
        view.lock();
        try {
            first.close();
            assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME)).isInstanceOf(ResourceBusyException.class);
        } finally {
            view.unlock();
        }
        MappedReadWriteLock.open(domain, NAME).close();
    }

    @Test
    void open_domainIsClosed_isRefused() throws Exception {
        domain.close();

        assertThatThrownBy(() -> MappedReadWriteLock.open(domain, NAME))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("domain is closed: directory=" + path);
    }

    @Test
    void close_domain_closesTheLockAndItsWaitersThrow() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME);
        Hold hold = lock.write();
        List<Passage> waiters = List.of(
                Passage.blocked("writer", lock::write),
                Passage.blocked("second-writer", lock::writeInterruptibly),
                Passage.blocked("reader", lock::read),
                Passage.blocked("timed-reader", () -> lock.read(ofSeconds(60))),
                Passage.blocked("async-writer", () -> lock.writeAsync().get(60, TimeUnit.SECONDS)));
        domain.close();

        for (Passage waiter : waiters) {
            Throwable failure = waiter.failure();
            Throwable told = failure instanceof ExecutionException ? failure.getCause() : failure;
            assertThat(told).isInstanceOf(IllegalStateException.class).hasMessage("lock is closed: lock=book");
        }
        assertThat(hold.isValid()).isTrue();
        assertThat(path.resolve("live")).isNotEmptyDirectory();
        hold.close();
        assertThat(path.resolve("live")).isEmptyDirectory();
    }

    /** In another process the closed one's holds count until they are closed, and no longer. */
    @Test
    @Tag("process")
    void close_lockIsHeld_excludesOtherProcessesUntilTheHoldIsClosed() throws Exception {
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME);
        Hold hold = lock.read();
        try (Victim other = Victim.with(path, NAME)) {
            lock.close();
            assertThat(other.ask("there", "try-write")).isEqualTo("null");
            hold.close();
            assertThat(other.acquire("there", "write").readersDied()).isFalse();
        }
    }

    @Test
    void openAndClose_manyTimes_leavesNothingBehind() throws Exception {
        assumeTrue(OwnProcess.isReadable());
        for (int i = 0; i < 20; i++) {
            useOnce();
        }
        int descriptors = OwnProcess.descriptors();
        int threads = Thread.activeCount();
        for (int i = 0; i < CYCLES; i++) {
            useOnce();
        }

        assertThat(OwnProcess.mappingsUnder(file)).isEmpty();
        assertThat(OwnProcess.descriptors()).isLessThanOrEqualTo(descriptors);
        assertThat(OwnProcess.descriptorsUnder(path)).noneMatch(target -> target.contains("book"));
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
        assertThat(MappedReadWriteLock.delete(domain, NAME)).isTrue();
    }

    /** Though the thread that used it lives on. */
    @Test
    void close_lastUse_memoryIsGivenBack() throws Exception {
        WeakReference<ReadWriteLock> ofThisThread = useAndClose();

        Conditions.await("it is collected", ofSeconds(10), () -> {
            System.gc();
            return ofThisThread.refersTo(null);
        });
    }

    private WeakReference<ReadWriteLock> useAndClose() throws IOException {
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            lock.write().close();
            return new WeakReference<>(lock.ofCurrentThread());
        }
    }

    private void useOnce() throws IOException {
        try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, NAME)) {
            lock.read().close();
            lock.write().close();
            Passage.through(lock.ofCurrentThread().readLock());
        }
    }

    /** In a JVM of its own: a touch of unmapped memory is a crash. */
    @Test
    @Tag("process")
    void open_whileTheDomainIsClosed_isAnExceptionAndNoCrash() throws Exception {
        List<String> options = List.of("-XX:ErrorFile=" + temporary.parent().resolve("crash"));
        try (ForkedJvm fork = ForkedJvm.start(options, VictimOfClosing.class, path.toString())) {
            assertThat(fork.awaitLine("result:")).isEqualTo("no crash");
        }
    }

    /** In a JVM of its own: a touch of unmapped memory is a crash. */
    @Test
    @Tag("process")
    void use_afterClose_isAnExceptionAndNoCrash() throws Exception {
        List<String> options = List.of("-XX:ErrorFile=" + temporary.parent().resolve("crash"));
        try (ForkedJvm fork = ForkedJvm.start(options, VictimAfterClose.class, path.toString())) {
            assertThat(fork.awaitLine("result:")).isEqualTo("all refused or answered");
        }
    }

    // ---------------------------------------------------------------- the file's bytes

    private void create() throws IOException {
        MappedReadWriteLock.open(domain, NAME).close();
    }

    private void refused(Consumer<MappedReadWriteLock.Builder> numbers, Reason reason, String message) {
        assertThat(refused(numbers, reason)).isEqualTo(message);
    }

    /** The message. */
    private String refused(Consumer<MappedReadWriteLock.Builder> numbers, Reason reason) {
        MappedReadWriteLock.Builder builder = MappedReadWriteLock.named(NAME);
        numbers.accept(builder);
        IncompatibleFileException refusal =
                catchThrowableOfType(IncompatibleFileException.class, () -> builder.open(domain));
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(reason);
        return refusal.getMessage();
    }

    private void poke(Consumer<Words> change) throws IOException {
        MappedFile mapped = MappedFile.open(file, LockLayout.TYPE);
        try {
            change.accept(mapped.words());
        } finally {
            mapped.release();
        }
    }

    private void truncate(long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    private void overwrite(String field, int value) throws IOException {
        overwrite(field, ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(0, value));
    }

    private void overwrite(String field, long value) throws IOException {
        overwrite(field, ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, value));
    }

    /** The header's offsets are private: they are taken from the layout's diagram. */
    private void overwrite(String field, ByteBuffer value) throws IOException {
        String[] line = LockLayout.LAYOUT
                .diagram()
                .lines()
                .map(text -> text.strip().split(" +", -1))
                .filter(words -> words.length > 2 && words[2].equals(field))
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(line[1])).isEqualTo(value.capacity());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(value, Integer.parseInt(line[0]));
        }
    }
}
