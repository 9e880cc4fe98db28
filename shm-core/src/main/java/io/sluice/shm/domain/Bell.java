package io.sluice.shm.domain;

import io.sluice.shm.memory.Words;

/**
 * A sequence word that one thread at a time sleeps on and anybody rings. The pattern of a waiter:
 *
 * <pre>
 *   seen = bell.sequence()          1
 *   publish bell.index()            2   where the ringer looks
 *   heavy fence                     3   (the ringer: change the condition; light fence; look whom to ring)
 *   condition holds? done           4
 *   bell.await(seen, nanos)         5   returns at once if rung after 1
 * </pre>
 *
 * A ring between 1 and 5 is not lost since it changes the sequence. Waits end spuriously; callers loop. A platform
 * thread sleeps on the futex (without natives it parks with back-off), a virtual thread parks and is unparked by the
 * {@link Doorbell}. An interrupt of the waiter ends the wait at once and leaves the interrupt status set.
 */
public final class Bell {
    private final int index;
    private final Words words;
    private final Bells bells;
    private final WordSleeper sleeper;

    Bell(int index, Words words, long address, Bells bells) {
        this.index = index;
        this.words = words;
        this.bells = bells;
        int sequence = DomainLayout.bell(index, DomainLayout.BELL_SEQUENCE);
        this.sleeper = new WordSleeper(words, sequence, address, () -> bells.ringUnlessLeft(index));
    }

    /** Which bell to ring, from 0. */
    public int index() {
        return index;
    }

    /** The present sequence; acquire. */
    public int sequence() {
        return words.intAcquire(DomainLayout.bell(index, DomainLayout.BELL_SEQUENCE));
    }

    /**
     * Sleeps until the bell is rung after {@code seen} was read, the thread is interrupted, or {@code nanos} have
     * passed; may return early.
     */
    public void await(int seen, long nanos) {
        if (nanos <= 0 || sequence() != seen || Thread.currentThread().isInterrupted()) {
            return;
        }
        if (VirtualThreads.isCurrent()) {
            bells.doorbell().await(this, seen, nanos);
        } else {
            sleeper.await(seen, nanos);
        }
    }

    /** Names (from 0), or takes away (-1), a bell that whoever rings this one must ring too. Full fence. */
    void relayTo(int other) {
        words.intVolatile(DomainLayout.bell(index, DomainLayout.BELL_RELAY), other + 1);
    }
}
