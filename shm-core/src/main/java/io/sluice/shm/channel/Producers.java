package io.sluice.shm.channel;

import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Words;

/**
 * The table of a guarded ring's publications. An entry goes only when its publication was closed, or, of a dead one, when
 * a recovery has padded what that one left: a dead entry is the evidence that there may be a gap.
 */
final class Producers {
    /** Bits of {@link #look}'s answer. */
    static final int LIVING = 1;

    static final int DEAD = 2;

    /** In an entry: its publication is being closed and claims no more. */
    private static final long LEAVING = 1L << 55;

    private final Ring ring;
    private final Words words;
    private final DomainCore core;

    Producers(Ring ring) {
        this.ring = ring;
        this.words = ring.words();
        this.core = ring.core();
    }

    private int high() {
        return Math.max(0, Math.min(words.intAcquire(ChannelLayout.PRODUCERS_HIGH), ChannelLayout.PRODUCERS));
    }

    private long owner(int index) {
        return words.longAcquire(ChannelLayout.producer(index, ChannelLayout.PRODUCER));
    }

    /** Moves whenever a publication comes or goes, or a dead one has been settled. */
    int changes() {
        return ring.producerChanges();
    }

    /** Step G1: takes a free entry, not one of the dead; -1 if there is none. */
    int join() {
        for (int i = 0; i < ChannelLayout.PRODUCERS; i++) {
            if (owner(i) == Owner.NOBODY) {
                raiseHigh(i + 1);
                int word = ChannelLayout.producer(i, ChannelLayout.PRODUCER);
                if (words.longCas(word, Owner.NOBODY, core.participants().self())) {
                    words.intRelease(ChannelLayout.producer(i, ChannelLayout.PRODUCER_BELL), 0);
                    words.intAdd(ChannelLayout.PRODUCER_CHANGES, 1);
                    return i;
                }
            }
        }
        return -1;
    }

    private void raiseHigh(int atLeast) {
        int high = words.intVolatile(ChannelLayout.PRODUCERS_HIGH);
        while (high < atLeast && !words.intCas(ChannelLayout.PRODUCERS_HIGH, high, atLeast)) {
            high = words.intVolatile(ChannelLayout.PRODUCERS_HIGH);
        }
    }

    /**
     * Step G12: gives the entry back. Without another living publication the stream ends, where nothing was claimed while we
     * looked: of two that leave at once, the later one sees that the other is leaving, and all that the other claimed. A
     * successor that claims before the tail is read is seen alive, or has told the end itself; killed before the end is
     * told, we leave a dead entry.
     */
    void leave(int index) {
        int word = ChannelLayout.producer(index, ChannelLayout.PRODUCER);
        words.longVolatile(word, core.participants().self() | LEAVING);
        try {
            long tail;
            boolean someLive;
            do {
                tail = ring.settledTail();
                someLive = (look() & LIVING) != 0;
            } while (!someLive && ring.settledTail() != tail);
            if (!someLive) {
                raiseEnded(tail & -Frame.ALIGNMENT, Frame.END_OF_STREAM);
            }
        } finally {
            words.longVolatile(word, Owner.NOBODY);
            words.intAdd(ChannelLayout.PRODUCER_CHANGES, 1);
            ring.wakeSubscribers();
        }
    }

    /** Which kinds there are, beside those that are leaving; watches the living, so that their death is told. System calls. */
    int look() {
        int kinds = 0;
        for (int i = 0, high = high(); i < high; i++) {
            long owner = owner(i);
            if (owner == Owner.NOBODY) {
                continue;
            }
            if (core.participants().isAlive(owner)) {
                kinds |= (owner & LEAVING) == 0 ? LIVING : 0;
                core.deathWatch().watch(owner);
            } else {
                kinds |= DEAD;
            }
        }
        return kinds;
    }

    /**
     * Steps R2 to R5, under the write side of the guard, where no living publication is inside a claim: pads what the dead
     * left open, ends the stream if nobody is left, and only then drops their entries. May be killed anywhere, and is run
     * again by the next. Looks for the living after the dead: who is alive then and not leaving will look itself, and find
     * the dead; who is leaving may have left the end to one of them.
     */
    void settle() {
        long[] dead = new long[ChannelLayout.PRODUCERS];
        boolean someDied = false;
        for (int i = 0, high = high(); i < high; i++) {
            long owner = owner(i);
            if (owner != Owner.NOBODY && !core.participants().isAlive(owner)) {
                dead[i] = owner;
                someDied = true;
            }
        }
        ring.padGaps();
        if (someDied && (look() & LIVING) == 0) {
            raiseEnded(ring.tail(), Frame.PUBLISHER_DIED);
        }
        for (int i = 0; i < dead.length; i++) {
            if (dead[i] != Owner.NOBODY) {
                words.longCas(ChannelLayout.producer(i, ChannelLayout.PRODUCER), dead[i], Owner.NOBODY);
            }
        }
        words.intAdd(ChannelLayout.PRODUCER_CHANGES, 1);
    }

    /** The last end wins; of two at one position, the first. */
    private void raiseEnded(long position, int type) {
        long seen;
        do {
            seen = ring.ended();
            if (seen != 0 && (seen & -Frame.ALIGNMENT) >= position) {
                return;
            }
        } while (!words.longCas(ChannelLayout.ENDED, seen, Frame.due(position, type)));
    }

    /** Publishes the bell that an entry's publication sleeps on; zero takes it away. Volatile: W2. */
    void publishBell(int index, int bell) {
        words.intRelease(ChannelLayout.producer(index, ChannelLayout.PRODUCER_BELL), bell);
        if (bell != 0) {
            words.intVolatile(ChannelLayout.PUBLISHER_BELL, 1);
        }
    }

    /** Rings all publications that sleep. */
    void ring() {
        words.intExchange(ChannelLayout.PUBLISHER_BELL, 0);
        for (int i = 0, high = high(); i < high; i++) {
            int word = ChannelLayout.producer(i, ChannelLayout.PRODUCER_BELL);
            if (words.intAcquire(word) != 0) {
                core.bells().ring(words.intExchange(word, 0) - 1);
            }
        }
    }

    /** For people. */
    void describe(StringBuilder text) {
        for (int i = 0, high = high(); i < high; i++) {
            long owner = owner(i);
            if (owner != Owner.NOBODY) {
                boolean waits = words.intAcquire(ChannelLayout.producer(i, ChannelLayout.PRODUCER_BELL)) != 0;
                text.append("  publisher: ").append(ring.name(owner));
                text.append(ring.hasBias(i) ? ", keeps the tail" : "").append(waits ? ", waits for room\n" : "\n");
            }
        }
    }
}
