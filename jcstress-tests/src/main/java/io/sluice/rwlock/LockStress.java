package io.sluice.rwlock;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.RawAccess;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** The lock's own procedures, two at a time, on words as small as they can be. */
public final class LockStress {
    private static final Fences BEST = Fences.of(Fences.supported());
    private static final Fences FULL = Fences.of(Fences.Kind.FULL);

    private static final int READER_OWN = LockLayout.lane(LockLayout.SLOTS, LockLayout.LANE_OWN);
    private static final int READER_COUNTED = LockLayout.lane(LockLayout.SLOTS, LockLayout.LANE_COUNTED);
    private static final int OTHER_OWN = LockLayout.lane(LockLayout.SLOTS + 1, LockLayout.LANE_OWN);

    private LockStress() {}

    private static int oneIf(boolean condition) {
        return condition ? 1 : 0;
    }

    private static int enterOwn(SharedLock lock) {
        return oneIf(lock.tryOwn(READER_OWN) != SharedLock.REFUSED);
    }

    private static int enterWrite(SharedLock lock) {
        return oneIf(lock.enterWrite(Patience.onBehalf(() -> true)) == io.sluice.rwlock.Outcome.ACQUIRED);
    }

    /**
     * Step 4 and 5 against 17, 24 and 27, with bias: can a reader that paid no fence and a writer that paid one for both
     * get in together? First: the reader holds; second: the writer does.
     */
    @JCStressTest
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reader and writer together")
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each gave way to the other")
    @State
    public static class GateWithBias {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, BEST);

        @Actor
        public void reader(II_Result r) {
            r.r1 = enterOwn(reader);
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = enterWrite(writer);
        }
    }

    /** The same by the way that skips all checks of a buffer, where a thread can take it. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reader and writer together")
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each gave way to the other")
    @State
    public static class GateByAddress {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, BEST);
        private final OwnLane lane = lock.laneByAddress(0, READER_OWN);

        @Actor
        public void reader(II_Result r) {
            boolean byAddress = BEST.kind() == Fences.Kind.LIGHT && RawAccess.PRESENT;
            r.r1 = byAddress && lane.enter(lane.laneAddress()) ? 1 : enterOwn(reader);
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = enterWrite(writer);
        }
    }

    /** The same in a domain with full fences, where there is no bias. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reader and writer together")
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each gave way to the other")
    @State
    public static class GateWithFullFences {
        private final SmallLock lock = new SmallLock(FULL);
        private final SharedLock reader = lock.participant(0, FULL);
        private final SharedLock writer = lock.participant(1, FULL);

        @Actor
        public void reader(II_Result r) {
            r.r1 = enterOwn(reader);
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = enterWrite(writer);
        }
    }

    /** The control: a writer whose fence is only its own. With bias that is not enough, so the tests above can fail. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE_INTERESTING, desc = "together, as expected without the heavy fence")
    @Outcome(expect = ACCEPTABLE, desc = "at most one of them")
    @State
    public static class GateWithoutHeavyFence {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, FULL);

        @Actor
        public void reader(II_Result r) {
            r.r1 = enterOwn(reader);
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = enterWrite(writer);
        }
    }

    /**
     * Step 15 against 24: bias is off, a reader that holds turns it on, and reads again without a fence. May a writer
     * still take bias for off?
     */
    @JCStressTest
    @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "reader and writer together")
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each gave way to the other")
    @State
    public static class BiasTurnedOn {
        private final SmallLock lock = new SmallLock(BEST).withoutBias();
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, BEST);

        public BiasTurnedOn() {
            reader.setOwn(OTHER_OWN);
        }

        @Actor
        public void reader(II_Result r) {
            reader.rebias();
            reader.leaveOwn(OTHER_OWN);
            r.r1 = enterOwn(reader);
        }

        @Actor
        public void writer(II_Result r) {
            r.r2 = enterWrite(writer);
        }
    }

    /**
     * Steps 13 and 14 against 28: a reader leaves while a writer arms its bell, looks again, and goes to sleep. First: 1
     * the writer got in, 2 it sleeps; second: 1 its bell was not rung since.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the writer saw the lane empty")
    @Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "the writer sleeps, or is about to, and is rung")
    @Outcome(expect = FORBIDDEN, desc = "the writer sleeps, and nobody rings: a lost wake-up")
    @State
    public static class LeaverAgainstSleeper {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SmallLock.Sleeper sleeper = lock.sleeper();
        private final SharedLock writer = lock.participant(1, BEST, sleeper);

        public LeaverAgainstSleeper() {
            reader.setOwn(READER_OWN);
        }

        @Actor
        public void reader() {
            reader.leaveOwn(READER_OWN);
        }

        @Actor
        public void writer(II_Result r) {
            try {
                r.r1 = oneIf(writer.enterWrite(Patience.unlimited()) == io.sluice.rwlock.Outcome.ACQUIRED);
            } catch (SmallLock.Asleep e) {
                r.r1 = 2;
            }
        }

        @Arbiter
        public void arbiter(II_Result r) {
            r.r2 = oneIf(sleeper.sleepsOn());
        }
    }

    /**
     * Steps 32 and 45 against 17 to 22 and 36: a writer leaves while another comes and has no time, and a third sleeps.
     * First: the second one got in; second: 1 the third sleeps on though nobody is in, 2 the owner is not in.
     */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the second is in")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the second gave up, and the third is rung")
    @Outcome(expect = FORBIDDEN, desc = "the lock is lost: a sleeper or an owner that nobody wakes")
    @State
    public static class HandOver {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock leaver = lock.participant(0, BEST);
        private final SharedLock second = lock.participant(1, BEST);

        public HandOver() {
            enterWrite(leaver);
            leaver.beginSection();
            lock.letSleep(2);
        }

        @Actor
        public void leaver() {
            leaver.endSection(true);
            leaver.handOver();
        }

        @Actor
        public void second(II_Result r) {
            r.r1 = enterWrite(second);
        }

        @Arbiter
        public void arbiter(II_Result r) {
            boolean owned = lock.owner() != Owner.NOBODY;
            if (owned) {
                r.r2 = r.r1 == 1 ? 0 : 2;
            } else {
                r.r2 = oneIf(lock.isAsleep(2));
            }
        }
    }

    /**
     * A hold moves from its lane's own word to the counted one while a writer looks for it: is it ever in neither? The
     * result: the writer got in.
     */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the writer found the hold")
    @Outcome(expect = FORBIDDEN, desc = "the writer got in beside a reader")
    @State
    public static class HoldMoves {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, BEST);

        public HoldMoves() {
            reader.setOwn(READER_OWN);
        }

        @Actor
        public void reader() {
            reader.addCounted(READER_COUNTED);
            reader.leaveOwn(READER_OWN);
        }

        @Actor
        public void writer(I_Result r) {
            r.r1 = enterWrite(writer);
        }
    }

    /** An optimistic read of two words against a section that changes both from 0 to 1: -1 if it is not valid. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "valid, before or after the section")
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "not valid")
    @Outcome(expect = FORBIDDEN, desc = "valid, and torn")
    @State
    public static class OptimisticRead {
        private final SmallLock lock = new SmallLock(BEST);
        private final SharedLock reader = lock.participant(0, BEST);
        private final SharedLock writer = lock.participant(1, BEST);
        private long first;
        private long second;

        public OptimisticRead() {
            enterWrite(writer);
        }

        @Actor
        public void reader(JJ_Result r) {
            long stamp = reader.stamp();
            long seenFirst = first;
            long seenSecond = second;
            boolean valid = stamp != 0 && reader.validate(stamp);
            r.r1 = valid ? seenFirst : -1;
            r.r2 = valid ? seenSecond : -1;
        }

        @Actor
        public void writer() {
            writer.beginSection();
            first = 1;
            second = 1;
            writer.endSection(true);
        }
    }
}
