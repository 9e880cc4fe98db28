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
 * One platform thread's way to sleep on a 32-bit word in shared memory: on a futex, or, without natives, parking with
 * back-off. An interrupt ends the sleep at once and leaves the interrupt status set. For one thread at a time.
 */
public final class WordSleeper {
    private static final long FIRST_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(10);
    private static final long LONGEST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Words words;
    private final int offset;
    private final @Nullable Futex futex;
    private final Interruptor interruptor;

    /**
     * A sleeper on the word at {@code offset} of {@code words}.
     *
     * @param address of the first byte of {@code words}; 0 without natives
     * @param interrupt changes the word and wakes its sleepers; called by the interrupting thread, on later JDKs even
     *     when the sleep, and whoever slept, are long gone
     */
    public WordSleeper(Words words, int offset, long address, Runnable interrupt) {
        this.words = words;
        this.offset = offset;
        this.futex = address == 0 ? null : new Futex(address + offset);
        this.interruptor = new Interruptor(interrupt);
    }

    /**
     * Sleeps while the word holds {@code expected} until it is woken, the thread is interrupted, or {@code nanos} have
     * passed; may return early.
     */
    public void await(int expected, long nanos) {
        if (nanos <= 0) {
            return;
        }
        if (futex == null) {
            park(expected, nanos);
            return;
        }
        interruptor.enter();
        try {
            futex.await(expected, nanos);
        } finally {
            interruptor.leave();
        }
    }

    private void park(int expected, long nanos) {
        long deadline = System.nanoTime() + nanos;
        long pause = FIRST_PARK_NANOS;
        long left = nanos;
        while (left > 0
                && words.intAcquire(offset) == expected
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(this, Math.min(left, pause));
            pause = Math.min(2 * pause, LONGEST_PARK_NANOS);
            left = deadline - System.nanoTime();
        }
    }

    /**
     * The one public way to be called by {@code Thread.interrupt}: a selector's {@code begin} and {@code end}. Never
     * registered, selected on or closed.
     */
    private static final class Interruptor extends AbstractSelector {
        private final Runnable interrupt;

        @SuppressWarnings("NullAway") // no provider: nothing here is ever registered
        Interruptor(Runnable interrupt) {
            super(null);
            this.interrupt = interrupt;
        }

        void enter() {
            begin();
        }

        void leave() {
            end();
        }

        @Override
        public Selector wakeup() {
            interrupt.run();
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
