package io.sluice.shm.channel;

import org.agrona.DirectBuffer;

/** Receives messages in place. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * Called for each message, in order, in the subscription's thread. An exception ends the poll and reaches its
     * caller; the message counts as received.
     *
     * @param buffer holds the message, and other memory of the ring around it; valid until the handler returns
     * @param offset of the message in {@code buffer}, bytes, a multiple of 16
     * @param length of the message, bytes, 0 to the channel's maximum
     * @param header of the message; reused, valid until the handler returns
     */
    void onMessage(DirectBuffer buffer, int offset, int length, MessageHeader header);
}
