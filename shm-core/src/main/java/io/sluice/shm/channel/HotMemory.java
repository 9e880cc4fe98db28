package io.sluice.shm.channel;

import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A part of the mapping by address, without the checks of a buffer, which cost a message more than the accesses do. Whoever
 * calls sees to it that the offset lies within: it is one of the layout's, or masked.
 */
class HotMemory {
    private final long address;

    /** {@code part}: over the mapping, which it must not outlive. */
    HotMemory(UnsafeBuffer part) {
        this.address = part.addressOffset();
    }

    long getLong(long offset) {
        return UnsafeApi.getLong(null, address + offset);
    }

    long getLongOpaque(long offset) {
        return UnsafeApi.getLongOpaque(null, address + offset);
    }

    long getLongAcquire(long offset) {
        return UnsafeApi.getLongAcquire(null, address + offset);
    }

    long getLongVolatile(long offset) {
        return UnsafeApi.getLongVolatile(null, address + offset);
    }

    int getIntAcquire(long offset) {
        return UnsafeApi.getIntAcquire(null, address + offset);
    }

    int getIntOpaque(long offset) {
        return UnsafeApi.getIntOpaque(null, address + offset);
    }

    void putLong(long offset, long value) {
        UnsafeApi.putLong(null, address + offset, value);
    }

    void putLongRelease(long offset, long value) {
        UnsafeApi.putLongRelease(null, address + offset, value);
    }

    boolean compareAndSetLong(long offset, long expected, long value) {
        return UnsafeApi.compareAndSetLong(null, address + offset, expected, value);
    }
}
