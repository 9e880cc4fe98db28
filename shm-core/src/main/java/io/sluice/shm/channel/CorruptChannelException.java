package io.sluice.shm.channel;

/** A value in the ring is outside its range: the memory was damaged. Nothing outside the ring was touched. */
public final class CorruptChannelException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final long position;

    CorruptChannelException(String message, long position) {
        super(message);
        this.position = position;
    }

    /** Where in the stream, bytes. */
    public long position() {
        return position;
    }
}
