package io.sluice.benchmarks;

import org.agrona.DirectBuffer;

/** Checks that each message is the next one, whole. */
final class Verifier implements MessageSink {
    private final int messageLength;
    private long received;
    private long stamp;

    Verifier(int messageLength) {
        this.messageLength = messageLength;
    }

    @Override
    public void onMessage(DirectBuffer buffer, int offset, int length) {
        if (length != messageLength) {
            throw new IllegalStateException(
                    "a message has the wrong length: expected=" + messageLength + " length=" + length);
        }
        stamp = Payload.check(buffer, offset, length, received);
        received++;
    }

    long received() {
        return received;
    }

    /** The stamp of the last message. */
    long stamp() {
        return stamp;
    }
}
