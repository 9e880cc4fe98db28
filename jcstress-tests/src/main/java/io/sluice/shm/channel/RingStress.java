package io.sluice.shm.channel;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.sluice.shm.memory.Fences;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** The steps of a ring of many publications, with the very accesses that it makes, and two of those who take them. */
public final class RingStress {
    private static final int CAPACITY = 4096;
    private static final long NONCE = 0x5eed_0123_4567_89abL;
    private static final int TAIL = 128;
    private static final int POSITION = 256;
    private static final int SLEEPERS = 384;
    private static final int SIZE = 2 * Frame.HEADER;

    private RingStress() {}

    /** A ring whose every frame is as long as the others, and whose words are on lines of their own. */
    static class Ring {
        final UnsafeBuffer words = new UnsafeBuffer(ByteBuffer.allocateDirect(512));
        final UnsafeBuffer data = new UnsafeBuffer(ByteBuffer.allocateDirect(4 * SIZE));

        long claim() {
            long tail;
            do {
                tail = words.getLongVolatile(TAIL);
            } while (!words.compareAndSetLong(TAIL, tail, tail + SIZE));
            return tail;
        }

        static int offset(long position) {
            return (int) position & (4 * SIZE - 1);
        }

        void encode(long position, long value) {
            data.putLong(offset(position) + Frame.HEADER, value);
            data.putLong(offset(position) + Frame.HEADER + Long.BYTES, value);
        }

        void commit(long position, int type) {
            data.putLong(
                    offset(position) + Frame.LENGTH, Frame.lengthAndType((long) type << Integer.SIZE | Frame.HEADER));
            data.putLongRelease(offset(position), Frame.stamp(position, NONCE));
        }

        boolean isCommitted(long position) {
            return data.getLongAcquire(offset(position)) == Frame.stamp(position, NONCE);
        }

        long lengthAndType(long position) {
            return Frame.lengthAndType(data.getLong(offset(position) + Frame.LENGTH));
        }

        /** The message's value, or -1 if it is torn. */
        long value(long position) {
            long first = data.getLong(offset(position) + Frame.HEADER);
            return first == data.getLong(offset(position) + Frame.HEADER + Long.BYTES) ? first : -1;
        }
    }

    /** Claim and commit beside poll: is a message that is seen whole, also the second of a batch, and only behind the first? */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing yet")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the first")
    @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "torn or out of order")
    @State
    public static class BatchBesidePoll extends Ring {
        @Actor
        public void producer() {
            long position = claim();
            long second = claim();
            encode(position, 1);
            encode(second, 2);
            commit(position, Frame.MESSAGE);
            commit(second, Frame.MESSAGE);
        }

        @Actor
        public void subscriber(JJ_Result r) {
            if (isCommitted(0)) {
                r.r1 = value(0);
                if (isCommitted(SIZE)) {
                    r.r2 = value(SIZE);
                }
            }
        }
    }

    /** Padding beside poll: is what a dead producer wrote ever taken for a message, or padding for something else? */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not padded yet")
    @Outcome(id = "2, 16", expect = ACCEPTABLE, desc = "padding")
    @Outcome(expect = FORBIDDEN, desc = "a dead claim's length or type was believed")
    @State
    public static class PaddingBesidePoll extends Ring {
        public PaddingBesidePoll() {
            long position = claim();
            encode(position, 7);
            data.putLong(
                    offset(position) + Frame.LENGTH, Frame.lengthAndType((long) Frame.MESSAGE << Integer.SIZE | 9));
        }

        @Actor
        public void rescuer() {
            commit(0, Frame.PADDING);
        }

        @Actor
        public void subscriber(JJ_Result r) {
            if (isCommitted(0)) {
                r.r1 = lengthAndType(0) >>> Integer.SIZE;
                r.r2 = (int) lengthAndType(0);
            }
        }
    }

    /**
     * Position reuse: a producer writes over what a subscriber has read as soon as that one's position says so. Does the
     * subscriber ever read what came later? Third: whether the producer had room.
     */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "read, and no room yet")
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "read, and written over")
    @Outcome(id = "1, 2, 1", expect = ACCEPTABLE, desc = "read, written over, and that read as well")
    @Outcome(expect = FORBIDDEN, desc = "written over under the subscriber")
    @State
    public static class PositionReuse extends Ring {
        private static final long LAP = CAPACITY;

        public PositionReuse() {
            encode(0, 1);
            commit(0, Frame.MESSAGE);
        }

        @Actor
        public void subscriber(JJJ_Result r) {
            r.r1 = value(0);
            words.putLongRelease(POSITION, SIZE);
            if (isCommitted(LAP)) {
                r.r2 = value(LAP);
            }
        }

        @Actor
        public void producer(JJJ_Result r) {
            if (words.getLongVolatile(POSITION) == SIZE) {
                encode(LAP, 2);
                commit(LAP, Frame.MESSAGE);
                r.r3 = 1;
            }
        }
    }

    /** Sleep beside commit: one of the two sees the other, or a subscriber would sleep with a message before it. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the subscriber sees the message")
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the producer sees the sleeper")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "lost wake-up")
    @State
    public static class SleepBesideCommit extends Ring {
        private static final Fences FENCES = Fences.of(Fences.supported());

        @Actor
        public void producer(JJ_Result r) {
            commit(0, Frame.MESSAGE);
            FENCES.light();
            r.r1 = words.getIntOpaque(SLEEPERS);
        }

        @Actor
        public void subscriber(JJ_Result r) {
            words.putIntVolatile(SLEEPERS, 1);
            FENCES.heavy();
            r.r2 = isCommitted(0) ? 1 : 0;
        }
    }

    /**
     * A claim under a bias beside its revocation: do the one who claims and the one who revokes agree on whether it counts?
     * First: where the bias ended for its owner if it sees that it was revoked, or the claim's end; second: for the revoker.
     */
    @JCStressTest
    @Outcome(id = "32, 16", expect = FORBIDDEN, desc = "the owner claims what the revoker gives to others")
    @Outcome(id = "32, 32", expect = ACCEPTABLE, desc = "claimed")
    @Outcome(id = "16, 16", expect = ACCEPTABLE, desc = "revoked before, and both know")
    @Outcome(expect = FORBIDDEN, desc = "no agreement")
    @State
    public static class ClaimBesideRevocation {
        private static final Fences FENCES = Fences.of(Fences.supported());
        private static final int FIRST = 16;
        private static final int SECOND = 32;

        private final UnsafeBuffer memory = new UnsafeBuffer(ByteBuffer.allocateDirect(FoldedMemory.SIZE));
        private final TailBias tail = new TailBias(new FoldedMemory(memory), FENCES);
        private final TailBias.Owner owner = tail.owner(0);
        private final long bias = owner.take(0, FIRST);

        @Actor
        public void owner(JJ_Result r) {
            r.r1 = owner.claim(bias, SECOND) ? SECOND : tail.revoke(bias);
        }

        @Actor
        public void revoker(JJ_Result r) {
            r.r2 = tail.revoke(bias);
        }
    }

    /** A channel's words in less memory; those of the tail and of the first entry stay on lines of their own. */
    private static final class FoldedMemory extends HotMemory {
        static final int SIZE = 512;

        FoldedMemory(UnsafeBuffer memory) {
            super(memory);
        }

        private static long fold(long offset) {
            return offset & (SIZE - 1);
        }

        @Override
        long getLongOpaque(long offset) {
            return super.getLongOpaque(fold(offset));
        }

        @Override
        long getLongAcquire(long offset) {
            return super.getLongAcquire(fold(offset));
        }

        @Override
        long getLongVolatile(long offset) {
            return super.getLongVolatile(fold(offset));
        }

        @Override
        void putLongRelease(long offset, long value) {
            super.putLongRelease(fold(offset), value);
        }

        @Override
        boolean compareAndSetLong(long offset, long expected, long value) {
            return super.compareAndSetLong(fold(offset), expected, value);
        }
    }
}
