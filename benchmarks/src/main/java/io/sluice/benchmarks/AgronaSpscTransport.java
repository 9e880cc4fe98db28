package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's ring for one producer and one consumer over a mapped file; waits by its back-off idle strategy. */
final class AgronaSpscTransport implements Transport {
    private static final int MESSAGE_TYPE = 1;
    /** A look at the ring each millisecond at least: the maximum park of the strategy. */
    private static final int IDLES_PER_AWAIT = 256;

    private final Path directory;

    AgronaSpscTransport(Path directory) {
        this.directory = directory;
    }

    @Override
    public Sender sender(String channel) {
        return new RingSender(map(channel));
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        return new RingReceiver(map(channel), sink);
    }

    @Override
    public void close() {}

    /** Mapping makes the file as long as the ring, all zeros, whoever is first. */
    private MappedByteBuffer map(String channel) {
        try (FileChannel file = FileChannel.open(
                directory.resolve(channel),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return file.map(MapMode.READ_WRITE, 0, CAPACITY + RingBufferDescriptor.TRAILER_LENGTH);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map a ring: channel=" + channel + " directory=" + directory, e);
        }
    }

    private static final class RingSender implements Sender {
        private final MappedByteBuffer mapping;
        private final OneToOneRingBuffer ring;
        private final AtomicBuffer buffer;

        RingSender(MappedByteBuffer mapping) {
            this.mapping = mapping;
            ring = new OneToOneRingBuffer(new UnsafeBuffer(mapping));
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
        private final OneToOneRingBuffer ring;
        private final MessageHandler handler;
        private final BackoffIdleStrategy idle = new BackoffIdleStrategy();

        RingReceiver(MappedByteBuffer mapping, MessageSink sink) {
            this.mapping = mapping;
            ring = new OneToOneRingBuffer(new UnsafeBuffer(mapping));
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
