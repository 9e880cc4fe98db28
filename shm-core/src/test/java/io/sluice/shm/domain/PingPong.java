package io.sluice.shm.domain;

import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.util.concurrent.TimeUnit;

/**
 * Two players hand a word to and fro, and sleep in between by the pattern of {@link Bell}, without spinning. Nothing but
 * a ring ends a wait: one that ends by its time is a lost wake-up.
 */
final class PingPong {
    static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private PingPong() {}

    /** Player {@code me}, 0 or 1, of {@code rounds} rounds. */
    static void play(DomainCore core, MappedFile file, int me, int rounds) {
        Words words = file.words();
        Bell bell = core.bells().lease();
        try {
            for (int round = 0; round < rounds; round++) {
                long turn = 2L * round + me;
                awaitTurn(core, words, bell, me, turn);
                words.longRelease(TestResource.TURN, turn + 1);
                core.fences().light();
                int other = words.intAcquire(TestResource.user(1 - me, TestResource.BELL));
                if (other != 0) {
                    core.bells().ring(other - 1);
                }
            }
        } finally {
            core.bells().giveBack(bell);
        }
    }

    private static void awaitTurn(DomainCore core, Words words, Bell bell, int me, long turn) {
        int place = TestResource.user(me, TestResource.BELL);
        while (words.longAcquire(TestResource.TURN) != turn) {
            int seen = bell.sequence();
            words.intRelease(place, bell.index() + 1);
            core.fences().heavy();
            if (words.longAcquire(TestResource.TURN) == turn) {
                break;
            }
            long start = System.nanoTime();
            bell.await(seen, LONG_NANOS);
            if (System.nanoTime() - start >= LONG_NANOS) {
                throw new AssertionError("lost wake-up: player=" + me + ", turn=" + turn + ", seen=" + seen
                        + ", sequence=" + bell.sequence() + ", word=" + words.longAcquire(TestResource.TURN));
            }
        }
        words.intRelease(place, 0);
    }
}
