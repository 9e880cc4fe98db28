package io.sluice.benchmarks;

import org.agrona.DirectBuffer;

/**
 * Checks that each message is whole, and the next one of its producer, whose number is the message's stamp; or, where
 * messages may be lost, a later one.
 */
final class MergedVerifier implements MessageSink {
    private final int messageLength;
    private final boolean mayLose;
    private final long[] next;
    private long received;
    private long lost;

    MergedVerifier(int messageLength, int producers, boolean mayLose) {
        this.messageLength = messageLength;
        this.mayLose = mayLose;
        this.next = new long[producers];
    }

    @Override
    public void onMessage(DirectBuffer buffer, int offset, int length) {
        if (length != messageLength) {
            throw new IllegalStateException(
                    "a message has the wrong length: expected=" + messageLength + " length=" + length);
        }
        long producer = Payload.stamp(buffer, offset);
        if (producer < 0 || producer >= next.length) {
            throw new IllegalStateException(
                    "a message is of nobody: producers=" + next.length + " producer=" + producer);
        }
        long expected = next[(int) producer];
        long sequence = mayLose ? Math.max(expected, Payload.sequence(buffer, offset)) : expected;
        Payload.check(buffer, offset, length, sequence);
        next[(int) producer] = sequence + 1;
        lost += sequence - expected;
        received++;
    }

    long received() {
        return received;
    }

    long lost() {
        return lost;
    }
}
