package io.sluice.benchmarks;

import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import org.agrona.IoUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.broadcast.CopyBroadcastReceiver;

/** Agrona's broadcast buffer over a mapped file. It waits for nobody: who is too slow loses messages. */
final class AgronaBroadcastTransport implements Transport {
    private static final int MESSAGE_TYPE = 1;

    private final Path directory;

    AgronaBroadcastTransport(Path directory) {
        this.directory = directory;
    }

    @Override
    public Sender sender(String channel) {
        return new BroadcastSender(map(channel));
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        return new CopyingReceiver(map(channel), sink);
    }

    @Override
    public boolean mayLose() {
        return true;
    }

    @Override
    public void close() {}

    private MappedByteBuffer map(String channel) {
        return MappedFiles.map(directory.resolve(channel), CAPACITY + BroadcastBufferDescriptor.TRAILER_LENGTH);
    }

    /** There is no claim: a message is encoded elsewhere and copied. */
    private static final class BroadcastSender implements Sender {
        private final MappedByteBuffer mapping;
        private final BroadcastTransmitter transmitter;
        private final UnsafeBuffer message;

        BroadcastSender(MappedByteBuffer mapping) {
            this.mapping = mapping;
            transmitter = new BroadcastTransmitter(new UnsafeBuffer(mapping));
            message = new UnsafeBuffer(new byte[transmitter.maxMsgLength()]);
        }

        @Override
        public boolean send(int length, long sequence, long stamp) {
            Payload.encode(message, 0, length, sequence, stamp);
            transmitter.transmit(MESSAGE_TYPE, message, 0, length);
            return true;
        }

        @Override
        public void close() {
            IoUtil.unmap(mapping);
        }
    }

    private static final class CopyingReceiver implements Receiver {
        private final MappedByteBuffer mapping;
        private final CopyBroadcastReceiver receiver;
        private final MessageHandler handler;
        private boolean handling;

        CopyingReceiver(MappedByteBuffer mapping, MessageSink sink) {
            this.mapping = mapping;
            receiver = new CopyBroadcastReceiver(new BroadcastReceiver(new UnsafeBuffer(mapping)));
            handler = (type, buffer, offset, length) -> {
                handling = true;
                sink.onMessage(buffer, offset, length);
                handling = false;
            };
        }

        @Override
        public int poll(int limit) {
            int messages = 0;
            while (messages < limit && receive()) {
                messages++;
            }
            return messages;
        }

        /** Agrona says by an exception that messages were lost, and goes on with the newest at the next call. */
        private boolean receive() {
            try {
                return receiver.receive(handler) != 0;
            } catch (IllegalStateException e) {
                if (handling) {
                    throw e; // of the sink
                }
                return false;
            }
        }

        @Override
        public int await(int limit) {
            throw new UnsupportedOperationException("a broadcast buffer is measured without waiting");
        }

        @Override
        public void close() {
            IoUtil.unmap(mapping);
        }
    }
}
