package io.sluice.benchmarks;

import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.function.Function;
import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's rings for one consumer over a mapped file; waits by its back-off idle strategy. */
final class AgronaRingTransport implements Transport {
    private static final int MESSAGE_TYPE = 1;
    /** A look at the ring each millisecond at least: the maximum park of the strategy. */
    private static final int IDLES_PER_AWAIT = 256;

    private final Path directory;

    private final Function<AtomicBuffer, RingBuffer> opening;

    private AgronaRingTransport(Path directory, Function<AtomicBuffer, RingBuffer> opening) {
        this.directory = directory;
        this.opening = opening;
    }

    /** For one producer. */
    static Transport ofOne(Path directory) {
        return new AgronaRingTransport(directory, OneToOneRingBuffer::new);
    }

    /** For many producers. */
    static Transport ofMany(Path directory) {
        return new AgronaRingTransport(directory, ManyToOneRingBuffer::new);
    }

    @Override
    public Sender sender(String channel) {
        return new RingSender(map(channel), opening);
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        return new RingReceiver(map(channel), opening, sink);
    }

    @Override
    public void close() {}

    private MappedByteBuffer map(String channel) {
        return MappedFiles.map(directory.resolve(channel), CAPACITY + RingBufferDescriptor.TRAILER_LENGTH);
    }

    private static final class RingSender implements Sender {
        private final MappedByteBuffer mapping;
        private final RingBuffer ring;
        private final AtomicBuffer buffer;

        RingSender(MappedByteBuffer mapping, Function<AtomicBuffer, RingBuffer> opening) {
            this.mapping = mapping;
            ring = opening.apply(new UnsafeBuffer(mapping));
            buffer = ring.buffer();
        }

        @Override
        public boolean send(int length, long sequence, long stamp) {
            int index = ring.tryClaim(MESSAGE_TYPE, length);
            if (index < 0) {
                return false;
            }
            Payload.encode(buffer, index, length, sequence, stamp);
            ring.commit(index);
            return true;
        }

        @Override
        public void close() {
            IoUtil.unmap(mapping);
        }
    }

    private static final class RingReceiver implements Receiver {
        private final MappedByteBuffer mapping;
        private final RingBuffer ring;
        private final MessageHandler handler;
        private final BackoffIdleStrategy idle = new BackoffIdleStrategy();

        RingReceiver(MappedByteBuffer mapping, Function<AtomicBuffer, RingBuffer> opening, MessageSink sink) {
            this.mapping = mapping;
            ring = opening.apply(new UnsafeBuffer(mapping));
            handler = (type, buffer, offset, length) -> sink.onMessage(buffer, offset, length);
        }

        @Override
        public int poll(int limit) {
            return ring.read(handler, limit);
        }

        @Override
        public int await(int limit) {
            for (int i = 0; i < IDLES_PER_AWAIT; i++) {
                int messages = ring.read(handler, limit);
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
            IoUtil.unmap(mapping);
        }
    }
}
