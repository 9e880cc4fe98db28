package io.sluice.benchmarks;

import io.sluice.rwlock.GuardedChannel;
import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.Subscription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.agrona.MutableDirectBuffer;

/** Sluice's channel, for one producer or, guarded, for many; waits by receive. */
final class SluiceTransport implements Transport {
    private static final Duration AWAIT = Duration.ofSeconds(1);

    private final Domain domain;
    private final boolean guarded;

    SluiceTransport(Path directory, boolean guarded) {
        this.guarded = guarded;
        try {
            domain = Domain.open(directory.resolve("domain"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a domain: directory=" + directory, e);
        }
    }

    @Override
    public Sender sender(String channel) {
        return new ChannelSender(open(channel));
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        return new ChannelReceiver(open(channel), sink);
    }

    @Override
    public void close() {
        domain.close();
    }

    private Channel open(String channel) {
        try {
            return guarded
                    ? GuardedChannel.named(channel).capacity(CAPACITY).open(domain)
                    : Channel.named(channel).capacity(CAPACITY).open(domain);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a channel: channel=" + channel, e);
        }
    }

    private static final class ChannelSender implements Sender {
        private final Channel channel;
        private final Publication publication;
        private final MutableDirectBuffer buffer;

        ChannelSender(Channel channel) {
            this.channel = channel;
            publication = channel.publish();
            buffer = publication.buffer();
        }

        @Override
        public boolean send(int length, long sequence, long stamp) {
            int index = publication.claim(length);
            if (index < 0) {
                return false;
            }
            Payload.encode(buffer, index, length, sequence, stamp);
            publication.commit();
            return true;
        }

        @Override
        public int sendBatch(int count, int length, long sequence) {
            int index = publication.claimBatch(count, length);
            if (index < 0) {
                return 0;
            }
            int stride = Publication.stride(length);
            for (int i = 0; i < count; i++) {
                Payload.encode(buffer, index + i * stride, length, sequence + i, ~(sequence + i));
            }
            publication.commit();
            return count;
        }

        @Override
        public void close() {
            publication.close();
            channel.close();
        }
    }

    private static final class ChannelReceiver implements Receiver {
        private final Channel channel;
        private final Subscription subscription;
        private final MessageHandler handler;

        ChannelReceiver(Channel channel, MessageSink sink) {
            this.channel = channel;
            subscription = channel.subscribe();
            handler = (buffer, offset, length, header) -> sink.onMessage(buffer, offset, length);
        }

        @Override
        public int poll(int limit) {
            return messages(subscription.poll(handler, limit));
        }

        @Override
        public int await(int limit) throws InterruptedException {
            return messages(subscription.receive(handler, limit, AWAIT));
        }

        @Override
        public void close() {
            subscription.close();
            channel.close();
        }

        /** The senders end when all receivers have enough. */
        private static int messages(int result) {
            if (result == Subscription.END_OF_STREAM) {
                return 0;
            }
            if (result < 0) {
                throw new IllegalStateException("the sender has ended too early: result=" + result);
            }
            return result;
        }
    }
}
