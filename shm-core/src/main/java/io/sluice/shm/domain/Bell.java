package io.sluice.shm.domain;

import io.sluice.shm.memory.Words;
import io.sluice.shm.os.Futex;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

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
    private static final long FIRST_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
    private static final long LONGEST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final int index;
    private final Words words;
    private final @Nullable Futex futex;
    private final Bells bells;
    private final Interruptor interruptor = new Interruptor();

    Bell(int index, Words words, @Nullable Futex futex, Bells bells) {
        this.index = index;
        this.words = words;
        this.futex = futex;
        this.bells = bells;
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
        } else if (futex == null) {
            park(seen, nanos);
        } else {
            interruptor.enter();
            try {
                futex.await(seen, nanos);
            } finally {
                interruptor.leave();
            }
        }
    }

    private void park(int seen, long nanos) {
        long deadline = System.nanoTime() + nanos;
        long pause = FIRST_PARK_NANOS;
        long left = nanos;
        while (left > 0 && sequence() == seen && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(this, Math.min(left, pause));
            pause = Math.min(2 * pause, LONGEST_PARK_NANOS);
            left = deadline - System.nanoTime();
        }
    }

    /** Names (from 0), or takes away (-1), a bell that whoever rings this one must ring too. Full fence. */
    void relayTo(int other) {
        words.intVolatile(DomainLayout.bell(index, DomainLayout.BELL_RELAY), other + 1);
    }

    /**
     * The one public way to be called by {@code Thread.interrupt}: a selector's {@code begin} and {@code end}. Never
     * registered, selected on or closed.
     */
    private final class Interruptor extends AbstractSelector {
        @SuppressWarnings("NullAway") // no provider: nothing here is ever registered
        Interruptor() {
            super(null);
        }

        void enter() {
            begin();
        }

        void leave() {
            end();
        }

        @Override
        public Selector wakeup() {
            bells.ringUnlessLeft(index); // on later JDKs this may run when the wait, and its owner, are long gone
            return this;
        }

        @Override
        protected void implCloseSelector() {}

        @Override
        protected SelectionKey register(
                AbstractSelectableChannel channel, int operations, @Nullable Object attachment) {
            throw new UnsupportedOperationException(SelectableChannel.class.getName());
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public int selectNow() {
            return 0;
        }

        @Override
        public int select(long timeout) {
            return 0;
        }

        @Override
        public int select() {
            return 0;
        }
    }
}
