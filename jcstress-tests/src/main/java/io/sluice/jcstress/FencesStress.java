package io.sluice.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The store-buffering test: each actor stores one word, then loads the other's. Everything that sleeps, joins or closes
 * in Sluice rests on this: at least one of the two sees the other.
 */
public final class FencesStress {
    private static final int X = 0;
    private static final int Y = 128;

    private FencesStress() {}

    /** Two words, far apart, as in a mapping. */
    abstract static class Pair {
        final Words words = new Words(ByteBuffer.allocateDirect(256));

        int storeThenLoad(int mine, int other, Runnable fence) {
            words.intRelease(mine, 1);
            fence.run();
            return words.intOpaque(other);
        }
    }

    /** Does a light fence on the frequent side and a heavy one on the rare side order store before load on both? */
    @JCStressTest
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "both missed the other: a lost wake-up")
    @Outcome(expect = ACCEPTABLE, desc = "at least one saw the other")
    @State
    public static class LightAgainstHeavy extends Pair {
        private static final Fences FENCES = Fences.of(Fences.supported());

        @Actor
        public void frequent(II_Result r) {
            words.intRelease(X, 1);
            FENCES.light();
            r.r1 = words.intOpaque(Y);
        }

        @Actor
        public void rare(II_Result r) {
            words.intRelease(Y, 1);
            FENCES.heavy();
            r.r2 = words.intOpaque(X);
        }
    }

    /** The same with full fences, as on platforms that are not on the allow-list. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "both missed the other: a lost wake-up")
    @Outcome(expect = ACCEPTABLE, desc = "at least one saw the other")
    @State
    public static class FullKind extends Pair {
        private static final Fences FENCES = Fences.of(Fences.Kind.FULL);

        @Actor
        public void frequent(II_Result r) {
            r.r1 = storeThenLoad(X, Y, FENCES::light);
        }

        @Actor
        public void rare(II_Result r) {
            r.r2 = storeThenLoad(Y, X, FENCES::heavy);
        }
    }

    /** The control: without the heavy side the processor does reorder, so the tests above can fail. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE_INTERESTING, desc = "both missed the other, as expected of light fences")
    @Outcome(expect = ACCEPTABLE, desc = "at least one saw the other")
    @State
    public static class LightAgainstLight extends Pair {
        private static final Fences FENCES = Fences.of(Fences.supported());

        @Actor
        public void one(II_Result r) {
            words.intRelease(X, 1);
            FENCES.light();
            r.r1 = words.intOpaque(Y);
        }

        @Actor
        public void two(II_Result r) {
            words.intRelease(Y, 1);
            FENCES.light();
            r.r2 = words.intOpaque(X);
        }
    }
}
