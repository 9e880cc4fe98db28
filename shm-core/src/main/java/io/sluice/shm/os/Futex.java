package io.sluice.shm.os;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/**
 * One waiter's handle on a 32-bit word in shared memory (futex(2), not PRIVATE: the word may be mapped by several
 * processes). {@link #wake} may be called by any thread, {@link #await} by one thread at a time.
 */
public final class Futex {
    private static final int FUTEX_WAIT = 0;
    private static final int FUTEX_WAKE = 1;

    private final long address;
    private final Memory timeout = new Memory(16);

    /** {@code address}: of the word, 4-byte aligned and mapped for as long as this object is used. */
    public Futex(long address) {
        this.address = address;
    }

    /** Sleeps until woken, at most {@code nanos}, if the word still holds {@code expected}; may return early. */
    public void await(int expected, long nanos) {
        timeout.setLong(0, nanos / 1_000_000_000L);
        timeout.setLong(8, nanos % 1_000_000_000L);
        long result = Posix.syscall(Posix.SYS_FUTEX, address, FUTEX_WAIT, expected, Pointer.nativeValue(timeout), 0, 0);
        if (result != 0) {
            int errno = Posix.errno();
            if (errno != Posix.EAGAIN && errno != Posix.EINTR && errno != Posix.ETIMEDOUT) {
                throw new IllegalStateException("futex wait failed: errno=" + errno);
            }
        }
    }

    /** Wakes every sleeper on the word at {@code address}; about 0.2 us if there is none. */
    public static void wake(long address) {
        Posix.syscall(Posix.SYS_FUTEX, address, FUTEX_WAKE, Integer.MAX_VALUE, 0, 0, 0);
    }
}
