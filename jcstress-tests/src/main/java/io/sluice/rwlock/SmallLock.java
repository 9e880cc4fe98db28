package io.sluice.rwlock;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A lock with three slots and two lanes in half a kilobyte of memory that is used again and again: JCStress makes locks
 * by the million, and has some ten thousand at a time.
 */
final class SmallLock {
    private static final int SLOTS = 3;
    private static final int LANES = 2;
    private static final long FIRST_TOKEN = 1000;

    private static final int LINE = 64;
    private static final int SIZE = 8 * LINE;
    private static final int COUNT = 1 << 16;
    private static final ByteBuffer ALL =
            ByteBuffer.allocateDirect(COUNT * SIZE + LINE).alignedSlice(LINE);
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int[] PLACES = places();

    /** Where the words lie that matter, those that meet in a test on lines of their own; the others share one place. */
    private static int[] places() {
        int[] places = new int[(int) LockLayout.fileLength(LANES) / Integer.BYTES];
        Arrays.fill(places, 7 * LINE);
        place(places, 0, LockLayout.WRITERS, LockLayout.TOKEN, LockLayout.REVOKED, LockLayout.ADMIT);
        place(places, LINE, LockLayout.OWNER);
        place(places, 2 * LINE, LockLayout.GATE, LockLayout.SUSPECT, LockLayout.SLOTS_HIGH, LockLayout.LANES_HIGH);
        place(places, 2 * LINE + 32, LockLayout.LANES, LockLayout.READERS_AFTER);
        for (int slot = 0; slot < SLOTS; slot++) {
            int want = LockLayout.slot(slot, LockLayout.WANT);
            place(places, 3 * LINE + 16 * slot, want, LockLayout.slot(slot, LockLayout.BELL));
            placeLane(places, 4 * LINE + 16 * slot, slot);
        }
        placeLane(places, 5 * LINE, LockLayout.SLOTS);
        placeLane(places, 6 * LINE, LockLayout.SLOTS + 1);
        return places;
    }

    private static void placeLane(int[] places, int at, int lane) {
        int own = LockLayout.lane(lane, LockLayout.LANE_OWN);
        place(places, at, own, LockLayout.lane(lane, LockLayout.LANE_COUNTED));
    }

    private static void place(int[] places, int at, int... offsets) {
        for (int i = 0; i < offsets.length; i++) {
            places[offsets[i] / Integer.BYTES] = at + i * Long.BYTES;
        }
    }

    /** What a sleep ends an actor with; it touches nothing after that. */
    static final class Asleep extends Error {
        private static final long serialVersionUID = 1;

        private Asleep() {
            super("asleep", null, false, false);
        }
    }

    /** The lock's words, as one participant uses them. */
    private static final class SmallWords extends Words {
        private boolean asleep;

        SmallWords(ByteBuffer buffer) {
            super(buffer);
        }

        private int at(int offset) {
            if (asleep) {
                throw new Asleep();
            }
            return PLACES[offset / Integer.BYTES];
        }

        @Override
        public long longPlain(int offset) {
            return super.longPlain(at(offset));
        }

        @Override
        public long longAcquire(int offset) {
            return super.longAcquire(at(offset));
        }

        @Override
        public long longVolatile(int offset) {
            return super.longVolatile(at(offset));
        }

        @Override
        public void longPlain(int offset, long value) {
            super.longPlain(at(offset), value);
        }

        @Override
        public void longRelease(int offset, long value) {
            super.longRelease(at(offset), value);
        }

        @Override
        public void longVolatile(int offset, long value) {
            super.longVolatile(at(offset), value);
        }

        @Override
        public boolean longCas(int offset, long expected, long value) {
            return super.longCas(at(offset), expected, value);
        }

        @Override
        public int intPlain(int offset) {
            return super.intPlain(at(offset));
        }

        @Override
        public int intVolatile(int offset) {
            return super.intVolatile(at(offset));
        }

        @Override
        public void intPlain(int offset, int value) {
            super.intPlain(at(offset), value);
        }

        @Override
        public void intVolatile(int offset, int value) {
            super.intVolatile(at(offset), value);
        }

        @Override
        public boolean intCas(int offset, int expected, int value) {
            return super.intCas(at(offset), expected, value);
        }
    }

    /** Everybody lives, and nobody sleeps for long: where the word stands tells whether the sleeper would be woken. */
    final class Sleeper implements Surroundings {
        private final SmallWords own = new SmallWords(buffer);
        private int word;
        private int seen;

        /** Whether it sleeps and its word has not changed. */
        boolean sleepsOn() {
            return own.asleep && words.intVolatile(word) == seen;
        }

        @Override
        public boolean isAlive(long owner) {
            return true;
        }

        @Override
        public boolean watch(long owner) {
            return true; // nobody dies
        }

        @Override
        public void sleep(int offset, int expected, long nanos) {
            word = offset;
            seen = expected;
            own.asleep = true;
            throw new Asleep();
        }

        @Override
        public void wake(int offset) {
            // the word says so
        }

        @Override
        public boolean tryRepresent() {
            return true;
        }

        @Override
        public void stopRepresenting() {
            // there is one thread a participant
        }

        @Override
        public boolean isWriterQueued() {
            return false;
        }

        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public long spinNanos() {
            return 0;
        }

        @Override
        public void recovered(String what, long owner) {
            throw new IllegalStateException("nobody dies: what=" + what);
        }
    }

    private final ByteBuffer buffer = next();
    private final SmallWords words = new SmallWords(buffer);

    /** A new lock, with bias unless {@code fences} are full. */
    SmallLock(Fences fences) {
        words.intPlain(LockLayout.LANES, LANES);
        words.intPlain(LockLayout.SLOTS_HIGH, SLOTS);
        words.intPlain(LockLayout.LANES_HIGH, LANES);
        words.longPlain(LockLayout.TOKEN, 2 * FIRST_TOKEN);
        if (fences.kind() == Fences.Kind.FULL) {
            withoutBias();
        }
    }

    private static ByteBuffer next() {
        int index = NEXT.getAndIncrement() & (COUNT - 1);
        ByteBuffer buffer = ALL.slice(index * SIZE, SIZE).order(ByteOrder.nativeOrder());
        for (int at = 0; at < SIZE; at += Long.BYTES) {
            buffer.putLong(at, 0);
        }
        return buffer;
    }

    SmallLock withoutBias() {
        words.longPlain(LockLayout.WRITERS, LockLayout.SLOW);
        words.intPlain(LockLayout.REVOKED, 1);
        return this;
    }

    Sleeper sleeper() {
        return new Sleeper();
    }

    SharedLock participant(int slot, Fences fences) {
        return participant(slot, fences, sleeper());
    }

    SharedLock participant(int slot, Fences fences, Sleeper sleeper) {
        return new SharedLock(sleeper.own, fences, sleeper, Owner.word(slot, 1));
    }

    /** A lane's own word, at {@code own}, as a thread of the participant in {@code slot} reaches it by address. */
    OwnLane laneByAddress(int slot, int own) {
        long base = Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
        return new OwnLane(new OwnLane.Place(
                base + PLACES[own / Integer.BYTES],
                base + PLACES[LockLayout.WRITERS / Integer.BYTES],
                LaneWord.idle(Owner.word(slot, 1))));
    }

    /** A writer in {@code slot} waits for the owner, asleep. */
    void letSleep(int slot) {
        words.longPlain(LockLayout.slot(slot, LockLayout.WANT), Owner.word(slot, 1));
        words.longVolatile(LockLayout.WRITERS, words.longVolatile(LockLayout.WRITERS) | 1L << slot);
        words.intVolatile(LockLayout.slot(slot, LockLayout.BELL), 1);
    }

    boolean isAsleep(int slot) {
        return words.intVolatile(LockLayout.slot(slot, LockLayout.BELL)) == 1;
    }

    long owner() {
        return words.longVolatile(LockLayout.OWNER);
    }
}
