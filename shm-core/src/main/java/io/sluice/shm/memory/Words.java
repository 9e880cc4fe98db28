package io.sluice.shm.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The words of a mapping, through {@code byteBufferViewVarHandle}: needs no JVM flag. Every access is bounds-checked;
 * 64-bit words are 8-byte aligned, 32-bit words 4-byte aligned.
 *
 * <p>Protocols touch shared memory only through this class, so that a test can put a subclass in its place that stops
 * the actor before and after any access.
 */
public class Words {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final ByteBuffer buffer;

    /** Of the first byte, where words may be accessed by address; else 0. */
    private final long address;

    /** {@code buffer}: direct, so that words at aligned offsets are aligned. */
    public Words(ByteBuffer buffer) {
        this(buffer, 0);
    }

    /** {@code address}: of the buffer's first byte, 0 if it is not known. */
    Words(ByteBuffer buffer, long address) {
        this.buffer = buffer;
        this.address = RawAccess.PRESENT ? address : 0;
    }

    /*
     * The hot words: as the methods without "hot", but unchecked where memory can be accessed by address. Their offsets
     * must not come from shared memory.
     */

    /** For {@link RawAccess}; 0 where memory cannot be accessed by address. The mapping must outlive its use. */
    public long hotAddress(int offset) {
        long base = address;
        return base != 0 ? base + offset : 0;
    }

    public long hotAcquire(int offset) {
        long base = address;
        return base != 0 ? RawAccess.getAcquire(base + offset) : longAcquire(offset);
    }

    public long hotVolatile(int offset) {
        long base = address;
        return base != 0 ? RawAccess.getVolatile(base + offset) : longVolatile(offset);
    }

    public int hotIntVolatile(int offset) {
        long base = address;
        return base != 0 ? RawAccess.intVolatile(base + offset) : intVolatile(offset);
    }

    public void hotPlain(int offset, long value) {
        long base = address;
        if (base != 0) {
            RawAccess.set(base + offset, value);
        } else {
            longPlain(offset, value);
        }
    }

    public void hotRelease(int offset, long value) {
        long base = address;
        if (base != 0) {
            RawAccess.setRelease(base + offset, value);
        } else {
            longRelease(offset, value);
        }
    }

    public void hotVolatile(int offset, long value) {
        long base = address;
        if (base != 0) {
            RawAccess.setVolatile(base + offset, value);
        } else {
            longVolatile(offset, value);
        }
    }

    public boolean hotCas(int offset, long expected, long value) {
        long base = address;
        return base != 0 ? RawAccess.cas(base + offset, expected, value) : longCas(offset, expected, value);
    }

    public long longPlain(int offset) {
        return (long) LONG.get(buffer, offset);
    }

    public long longOpaque(int offset) {
        return (long) LONG.getOpaque(buffer, offset);
    }

    public long longAcquire(int offset) {
        return (long) LONG.getAcquire(buffer, offset);
    }

    public long longVolatile(int offset) {
        return (long) LONG.getVolatile(buffer, offset);
    }

    public void longPlain(int offset, long value) {
        LONG.set(buffer, offset, value);
    }

    public void longRelease(int offset, long value) {
        LONG.setRelease(buffer, offset, value);
    }

    public void longVolatile(int offset, long value) {
        LONG.setVolatile(buffer, offset, value);
    }

    public boolean longCas(int offset, long expected, long value) {
        return LONG.compareAndSet(buffer, offset, expected, value);
    }

    /** Sets bits; the former value. */
    public long longOr(int offset, long bits) {
        return (long) LONG.getAndBitwiseOr(buffer, offset, bits);
    }

    /** Keeps only {@code bits}; the former value. */
    public long longAnd(int offset, long bits) {
        return (long) LONG.getAndBitwiseAnd(buffer, offset, bits);
    }

    public int intPlain(int offset) {
        return (int) INT.get(buffer, offset);
    }

    public int intOpaque(int offset) {
        return (int) INT.getOpaque(buffer, offset);
    }

    public int intAcquire(int offset) {
        return (int) INT.getAcquire(buffer, offset);
    }

    public int intVolatile(int offset) {
        return (int) INT.getVolatile(buffer, offset);
    }

    public void intPlain(int offset, int value) {
        INT.set(buffer, offset, value);
    }

    public void intRelease(int offset, int value) {
        INT.setRelease(buffer, offset, value);
    }

    public void intVolatile(int offset, int value) {
        INT.setVolatile(buffer, offset, value);
    }

    public boolean intCas(int offset, int expected, int value) {
        return INT.compareAndSet(buffer, offset, expected, value);
    }

    public int intExchange(int offset, int value) {
        return (int) INT.getAndSet(buffer, offset, value);
    }

    public int intAdd(int offset, int delta) {
        return (int) INT.getAndAdd(buffer, offset, delta);
    }

    /** Copies bytes out, with plain accesses. */
    public void bytesPlain(int offset, byte[] target) {
        buffer.duplicate().position(offset).get(target);
    }

    /** Copies bytes in, with plain accesses. */
    public void putBytesPlain(int offset, byte[] source) {
        buffer.duplicate().position(offset).put(source);
    }
}
