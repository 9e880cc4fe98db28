package io.sluice.rwlock;

import static io.sluice.rwlock.LockLayout.BELL;
import static io.sluice.rwlock.LockLayout.GATE;
import static io.sluice.rwlock.LockLayout.OWNER;
import static io.sluice.rwlock.LockLayout.SLOTS;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Words;

/**
 * How threads of a participant sleep on the lock's gate and on its own bell, and wake those who sleep: bit 0 of such a
 * word says that somebody does. RING and WAKEGATE of PROTOCOL.md.
 */
final class LockBells {
    private final Words words;
    private final Surroundings surroundings;
    private final int slot;
    private final SpinBudget gateSpin;
    private final SpinBudget bellSpin;

    LockBells(Words words, Surroundings surroundings, int slot) {
        this.words = words;
        this.surroundings = surroundings;
        this.slot = slot;
        this.gateSpin = new SpinBudget(surroundings.spinNanos());
        this.bellSpin = new SpinBudget(surroundings.spinNanos());
    }

    /** For a reader. */
    Pause atGate(Patience patience) {
        return new Pause(GATE, gateSpin, patience);
    }

    /** For the writer of this participant. */
    Pause atBell(Patience patience) {
        return new Pause(LockLayout.slot(slot, BELL), bellSpin, patience);
    }

    /** Rings a slot's bell if its writer sleeps. After a full fence. A slot of a damaged word is ignored. */
    void ring(int other) {
        if (other >= 0 && other < SLOTS) {
            strike(LockLayout.slot(other, BELL));
        }
    }

    void wakeGate() {
        strike(GATE);
    }

    void ringOwner() {
        long owner = words.hotVolatile(OWNER);
        if (owner != Owner.NOBODY) {
            ring(Owner.slot(owner));
        }
    }

    private void strike(int word) {
        int seen = words.hotIntVolatile(word);
        while ((seen & 1) != 0) {
            if (words.intCas(word, seen, seen + 1)) {
                surroundings.wake(word);
                return;
            }
            seen = words.intVolatile(word);
        }
    }

    /** Wakes the sleepers at the gate, and the process's own writer: something died or is being closed. */
    void alarm() {
        strike(GATE);
        strike(LockLayout.slot(slot, BELL));
        surroundings.wake(GATE); // a waker may have died between the word and the wake
        surroundings.wake(LockLayout.slot(slot, BELL));
    }

    /**
     * Spins, then sleeps on a word whose bit 0 says that somebody sleeps: armed, checked again, slept.
     */
    final class Pause {
        private static final int SPINS_PER_CLOCK = 16;

        private final int word;
        private final SpinBudget budget;
        private final long spinNanos;
        private long spinUntil;
        private int spins;
        private int armed;
        private boolean isArmed;

        private Pause(int word, SpinBudget budget, Patience patience) {
            this.word = word;
            this.budget = budget;
            patience.noteContention();
            this.spinNanos = patience.isNone() ? 0 : budget.next();
        }

        /** Called before each look at the condition: true if the caller may sleep after it. */
        boolean arm() {
            if (isSpinning()) {
                Thread.onSpinWait();
                return false;
            }
            int seen = words.intVolatile(word);
            while ((seen & 1) == 0 && !words.intCas(word, seen, seen | 1)) {
                seen = words.intVolatile(word);
            }
            armed = seen | 1;
            isArmed = true;
            return true;
        }

        private boolean isSpinning() {
            if (isArmed) {
                return false;
            }
            if (spinUntil == 0) {
                spinUntil = System.nanoTime() + spinNanos;
                return spinNanos > 0;
            }
            spins++;
            return spins % SPINS_PER_CLOCK != 0 || System.nanoTime() - spinUntil < 0;
        }

        void sleep(long nanos) {
            surroundings.sleep(word, armed, nanos);
        }

        /** The wait is over: whether it was worth spinning for. */
        void end() {
            if (spinNanos > 0) {
                budget.spent(!isArmed);
            }
        }
    }
}
