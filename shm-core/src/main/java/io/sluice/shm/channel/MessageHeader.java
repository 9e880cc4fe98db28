package io.sluice.shm.channel;

/** What the ring knows of a message beside its bytes. Reused for each message of a subscription. */
public final class MessageHeader {
    private long position;

    MessageHeader() {}

    void set(long messagePosition) {
        position = messagePosition;
    }

    /** Where the message's frame begins in the stream, bytes since the channel was created. */
    public long position() {
        return position;
    }
}
