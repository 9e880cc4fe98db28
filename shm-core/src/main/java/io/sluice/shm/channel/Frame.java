package io.sluice.shm.channel;

import java.nio.ByteOrder;

/**
 * A frame: stamp (64 bits), length (32), type (32), then the message, padded to a multiple of {@value #ALIGNMENT} bytes, or,
 * if that were three quarters of a cache line, to a line: a row of such frames would lie in two lines each second time, and
 * the second one is fetched after the first has come. A frame never crosses the end of the ring; what is left there becomes
 * a padding frame.
 *
 * <p>The stamp is the frame's position, mixed with the ring's nonce. It is stored last, with release, and a reader that
 * finds the very stamp of the position it wants, with acquire, has a committed frame. Neither old frames (another
 * position) nor message bytes (the nonce is secret to the channel's users) look like it, so consumed memory need not
 * be zeroed.
 */
final class Frame {
    static final int HEADER = 16;
    static final int ALIGNMENT = 16;
    static final int LENGTH = 8;
    static final int TYPE = 12;

    static final int MESSAGE = 1;
    /** Fills the ring's end. */
    static final int PADDING = 2;
    /** The publication before this frame was closed. */
    static final int END_OF_STREAM = 3;
    /** The publication before this frame died. */
    static final int PUBLISHER_DIED = 4;

    /** Bytes of a cache line. */
    private static final int LINE = 64;

    private static final int THREE_QUARTERS = 48;

    /** Most bytes that a frame takes beside its message, if that ends at a multiple of {@value #ALIGNMENT}. */
    static final int OVERHEAD = 32;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private Frame() {}

    /** Bytes that a message takes in the ring. */
    static int size(int length) {
        int size = controlSize(length);
        return size == THREE_QUARTERS ? LINE : size;
    }

    /** Bytes that a frame takes in the ring that is no message. */
    static int controlSize(int length) {
        return (length + HEADER + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** The word that says that an end frame of {@code type} is due at {@code position}. */
    static long due(long position, int type) {
        return position | type;
    }

    /** The type of the end frame that {@code word} says is due at {@code position}; 0 for none. */
    static int due(long word, long position) {
        long type = word - position;
        return type == END_OF_STREAM || type == PUBLISHER_DIED ? (int) type : 0;
    }

    /** Turns the word of length and type, as loaded or to be stored, into length (low half) and type (high), or back. */
    static long lengthAndType(long word) {
        return LITTLE_ENDIAN ? word : Long.rotateLeft(word, Integer.SIZE);
    }

    /** Whether this is a message of 0 to {@code longest} bytes. */
    static boolean isMessage(long lengthAndType, long longest) {
        long empty = (long) MESSAGE << Integer.SIZE;
        return lengthAndType >= empty && lengthAndType <= empty + longest;
    }

    /**
     * The stamp of the frame at {@code position}. The nonce is odd and positions are even, so no stamp is zero; the
     * multiplier is odd, so no two positions have the same.
     */
    static long stamp(long position, long nonce) {
        return (position + nonce) * 0x9E3779B97F4A7C15L;
    }
}
