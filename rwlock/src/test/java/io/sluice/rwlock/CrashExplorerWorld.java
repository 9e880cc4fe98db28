package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.rwlock.CrashExplorerSchedule.Plan;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;

/**
 * One lock's file, its participants, who of them lives, the data that the lock guards, and what must be true of all of
 * it: the judge of an exploration.
 */
final class CrashExplorerWorld {
    private static final long FIRST_TOKEN = 1000;
    private static final NavigableMap<Integer, String> NAMES = names();

    private final ByteBuffer buffer;
    private final Words words;
    private final Fences fences;
    private final boolean startsBiased;
    private final CrashExplorerSchedule schedule;
    private final List<CrashExplorerProcess> processes = new ArrayList<>();
    private final List<CrashExplorerProcess> readers = new ArrayList<>();

    private CrashExplorerProcess writer;
    private CrashExplorerProcess tokenOpenedBy;
    private boolean isTorn;
    private boolean readersDied;
    private long highestToken = FIRST_TOKEN;
    private long x;
    private long y;

    CrashExplorerWorld(ExecutorService threads, Plan plan, Fences.Kind kind, int lanes, int readersAfter) {
        this.buffer =
                ByteBuffer.allocateDirect((int) LockLayout.fileLength(lanes)).order(ByteOrder.nativeOrder());
        this.words = new Words(buffer);
        this.fences = Fences.of(kind);
        this.startsBiased = kind == Fences.Kind.LIGHT;
        this.schedule = new CrashExplorerSchedule(threads, plan, this);
        words.intPlain(LockLayout.LANES, lanes);
        words.intPlain(LockLayout.READERS_AFTER, readersAfter);
        words.longPlain(LockLayout.TOKEN, 2 * FIRST_TOKEN);
        setBias(startsBiased);
    }

    /** As a writer, or a reader that saw many reads, leaves it; where there is bias. */
    void setBias(boolean on) {
        boolean biased = on && startsBiased;
        words.longVolatile(LockLayout.WRITERS, biased ? 0 : LockLayout.SLOW);
        words.intVolatile(LockLayout.REVOKED, biased ? 0 : 1);
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Without points. */
    Words words() {
        return words;
    }

    Fences fences() {
        return fences;
    }

    CrashExplorerSchedule schedule() {
        return schedule;
    }

    // ------------------------------------------------------------ life and death

    /** The next incarnation of a slot. */
    CrashExplorerProcess newProcess(String name, int slot) {
        long incarnation = 1
                + processes.stream()
                        .filter(process -> Owner.slot(process.self()) == slot)
                        .count();
        CrashExplorerProcess process = new CrashExplorerProcess(this, name, Owner.word(slot, incarnation));
        processes.add(process);
        return process;
    }

    boolean isAlive(long owner) {
        for (CrashExplorerProcess process : processes) {
            if (process.self() == owner) {
                return !process.isDead();
            }
        }
        return false;
    }

    /** The kernel says so: from here on everybody sees it, and those who watch are told. */
    void died(CrashExplorerProcess dead) {
        readersDied |= readers.removeIf(reader -> reader == dead);
        if (tokenOpenedBy == dead) {
            isTorn = true;
        }
        if (writer == dead) {
            writer = null;
        }
        processes.forEach(process -> process.hearOfDeath(dead.self()));
    }

    // ------------------------------------------------------------ the data, and who is at it

    void tokenStored(CrashExplorerProcess process, long value) {
        if ((value & 1) != 0) {
            tokenOpenedBy = process;
        } else {
            tokenOpenedBy = null;
            isTorn = false;
        }
    }

    void enterRead(CrashExplorerProcess process) {
        assertThat(writer).as("writer beside reader %s", process).isIn(null, process);
        assertThat(isTorn && writer == null)
                .as("torn data before reader %s", process)
                .isFalse();
        readers.add(process);
        assertWhole(process);
    }

    void leaveRead(CrashExplorerProcess process) {
        assertThat(writer).as("writer beside reader %s", process).isIn(null, process);
        assertWhole(process);
        readers.remove(process);
    }

    private void assertWhole(CrashExplorerProcess process) {
        if (writer == null) {
            assertThat(x).as("data before reader %s", process).isEqualTo(y);
        }
    }

    /** {@code dirty}, {@code suspect}: what the lock says of those before. */
    void enterWrite(CrashExplorerProcess process, boolean dirty, boolean suspect) {
        assertThat(writer).as("writer beside writer %s", process).isNull();
        assertThat(readers).as("readers beside writer %s", process).isEmpty();
        assertThat(dirty).as("a writer died in its section").isEqualTo(isTorn);
        assertThat(suspect || !readersDied)
                .as("readers died holding, and writer %s is told", process)
                .isTrue();
        assertThat(dirty || x == y).as("data is whole or said to be torn").isTrue();
        writer = process;
    }

    void assertTokenRises(long token) {
        assertThat(token).as("token").isGreaterThan(highestToken);
        highestToken = token;
    }

    void writeFirstHalf() {
        x++;
    }

    void writeSecondHalf() {
        y = x;
    }

    void leaveWrite(CrashExplorerProcess process, boolean clean) {
        assertThat(writer).as("writer still alone").isSameAs(process);
        writer = null;
        if (clean) {
            readersDied = false; // it was told
        }
    }

    boolean isBuffered(int offset) {
        int first = LockLayout.lane(0, LockLayout.LANE_OWN);
        return startsBiased && offset >= first && (offset - first) % LockLayout.LINE == 0;
    }

    /** Whether nothing of anybody is left in the words. */
    void assertClean() {
        assertThat(words.longVolatile(LockLayout.WRITERS) & LockLayout.PARTICIPANTS)
                .as("bits of writers")
                .isZero();
        assertThat(words.longVolatile(LockLayout.OWNER)).as("owner").isEqualTo(Owner.NOBODY);
        assertThat(words.longVolatile(LockLayout.TOKEN) & 1).as("open section").isZero();
        assertThat(words.intVolatile(LockLayout.ADMIT)).as("admit").isZero();
        assertThat(words.intVolatile(LockLayout.SUSPECT)).as("suspect").isZero();
        for (int lane = 0; lane < LockLayout.SLOTS + words.intPlain(LockLayout.LANES); lane++) {
            long own = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWN));
            long counted = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_COUNTED));
            assertThat(LaneWord.count(own) + LaneWord.count(counted))
                    .as("holds in lane %d", lane)
                    .isZero();
        }
        for (int lane = LockLayout.SLOTS; lane < LockLayout.SLOTS + words.intPlain(LockLayout.LANES); lane++) {
            long owner = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER));
            boolean leased = processes.stream().anyMatch(process -> process.self() == owner && process.hasLeased());
            assertThat(owner == Owner.NOBODY || !isAlive(owner) || leased)
                    .as("lane %d is nobody's, or its owner knows it", lane)
                    .isTrue();
        }
    }

    // ------------------------------------------------------------ names, for people

    private static NavigableMap<Integer, String> names() {
        TreeMap<Integer, String> names = new TreeMap<>();
        for (Field field : LockLayout.class.getDeclaredFields()) {
            if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
                try {
                    int offset = field.getInt(null);
                    if (offset >= LockLayout.WRITERS) {
                        names.put(offset, field.getName());
                    }
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return names;
    }

    static String nameOf(int offset) {
        if (offset < LockLayout.USER) {
            return NAMES.getOrDefault(offset, String.valueOf(offset));
        }
        int table = offset < LockLayout.LANE_OWNER ? LockLayout.USER : LockLayout.LANE_OWNER;
        int entry = (offset - table) / LockLayout.LINE;
        return NAMES.getOrDefault(offset - entry * LockLayout.LINE, String.valueOf(offset)) + "[" + entry + "]";
    }

    @Override
    public String toString() {
        return LockDecoder.state(words) + ", gate=" + words.intVolatile(LockLayout.GATE) + ", torn=" + isTorn;
    }
}
