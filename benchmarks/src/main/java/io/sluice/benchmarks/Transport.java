package io.sluice.benchmarks;

/**
 * How a contender moves messages from one process to another: a new Java peer is one such class.
 *
 * <p>Made with an empty directory that both processes share; either process may be first. All transports use the same
 * capacity and hand at most as many messages to the sink as the caller says.
 */
interface Transport extends AutoCloseable {
    /** Bytes of a ring; one that Agrona does well with. */
    int CAPACITY = 1 << 22;

    Sender sender(String channel);

    Receiver receiver(String channel, MessageSink sink);

    /** Whether a receiver that is too slow loses messages; else it holds the senders up. */
    default boolean mayLose() {
        return false;
    }

    @Override
    void close();

    /** What a contender needs beside the measured processes while they run. */
    interface Helper extends AutoCloseable {
        @Override
        void close();
    }

    /** Confined to one thread. */
    interface Sender extends AutoCloseable {
        /** Encodes a {@link Payload} in place; false when there is no room. */
        boolean send(int length, long sequence, long stamp);

        /**
         * Sends {@code count} messages with the sequence numbers from {@code sequence} on, each with its complement as the
         * stamp, all at once where the contender can; returns how many found room.
         */
        default int sendBatch(int count, int length, long sequence) {
            int sent = 0;
            while (sent < count && send(length, sequence + sent, ~(sequence + sent))) {
                sent++;
            }
            return sent;
        }

        @Override
        void close();
    }

    /** Confined to one thread. */
    interface Receiver extends AutoCloseable {
        /** Messages handed to the sink, never waiting. */
        int poll(int limit);

        /** Waits in the way that the contender offers to those who do not want to spin; 0 after a while without. */
        int await(int limit) throws InterruptedException;

        @Override
        void close();
    }
}
