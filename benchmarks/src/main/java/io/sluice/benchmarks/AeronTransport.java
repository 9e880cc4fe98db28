package io.sluice.benchmarks;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** Aeron's IPC; waits by Agrona's back-off idle strategy. Of several exclusive publications each has an order of its own. */
final class AeronTransport implements Transport {
    /** A look at the stream each millisecond at least: the maximum park of the strategy. */
    private static final int IDLES_PER_AWAIT = 256;

    private final Aeron aeron;
    private final boolean exclusive;
    private final boolean claims;

    AeronTransport(String driverDirectory, boolean exclusive, boolean claims) {
        this.aeron = Aeron.connect(
                new Aeron.Context().aeronDirectoryName(driverDirectory).preTouchMappedMemory(true));
        this.exclusive = exclusive;
        this.claims = claims;
    }

    @Override
    public Sender sender(String channel) {
        Publication publication = exclusive
                ? aeron.addExclusivePublication(CommonContext.IPC_CHANNEL, channel.hashCode())
                : aeron.addPublication(CommonContext.IPC_CHANNEL, channel.hashCode());
        return claims ? new ClaimingSender(publication) : new OfferingSender(publication);
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        return new StreamReceiver(aeron.addSubscription(CommonContext.IPC_CHANNEL, channel.hashCode()), sink);
    }

    @Override
    public void close() {
        aeron.close();
    }

    private static boolean isSent(long result) {
        if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException("a publication is at its end: result=" + result);
        }
        return result >= 0;
    }

    private record ClaimingSender(Publication publication, BufferClaim message) implements Sender {
        ClaimingSender(Publication publication) {
            this(publication, new BufferClaim());
        }

        @Override
        public boolean send(int length, long sequence, long stamp) {
            if (!isSent(publication.tryClaim(length, message))) {
                return false;
            }
            Payload.encode(message.buffer(), message.offset(), length, sequence, stamp);
            message.commit();
            return true;
        }

        @Override
        public void close() {
            publication.close();
        }
    }

    private record OfferingSender(Publication publication, UnsafeBuffer message) implements Sender {
        OfferingSender(Publication publication) {
            this(publication, new UnsafeBuffer(new byte[publication.maxPayloadLength()]));
        }

        @Override
        public boolean send(int length, long sequence, long stamp) {
            Payload.encode(message, 0, length, sequence, stamp);
            return isSent(publication.offer(message, 0, length));
        }

        @Override
        public void close() {
            publication.close();
        }
    }

    private static final class StreamReceiver implements Receiver {
        private final Subscription subscription;
        private final FragmentHandler handler;
        private final BackoffIdleStrategy idle = new BackoffIdleStrategy();

        StreamReceiver(Subscription subscription, MessageSink sink) {
            this.subscription = subscription;
            handler = (buffer, offset, length, header) -> sink.onMessage(buffer, offset, length);
        }

        @Override
        public int poll(int limit) {
            return subscription.poll(handler, limit);
        }

        @Override
        public int await(int limit) {
            for (int i = 0; i < IDLES_PER_AWAIT; i++) {
                int messages = subscription.poll(handler, limit);
                if (messages > 0) {
                    idle.reset();
                    return messages;
                }
                idle.idle();
            }
            return 0;
        }

        @Override
        public void close() {
            subscription.close();
        }
    }
}
