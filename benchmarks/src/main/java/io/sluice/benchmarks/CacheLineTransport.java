package io.sluice.benchmarks;

import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** One message in one place, no more than a ping-pong needs: probes the placement where there is no C compiler. */
final class CacheLineTransport implements Transport {
    private static final int CONTENT = Long.BYTES;
    private static final int CONTENT_LENGTH = 32;
    private static final int BYTES = 4096;

    private final Path directory;

    CacheLineTransport(Path directory) {
        this.directory = directory;
    }

    @Override
    public Sender sender(String channel) {
        UnsafeBuffer line = map(channel);
        return new Sender() {
            @Override
            public boolean send(int length, long sequence, long stamp) {
                Payload.encode(line, CONTENT, CONTENT_LENGTH, sequence, stamp);
                line.putLongRelease(0, sequence + 1);
                return true;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Receiver receiver(String channel, MessageSink sink) {
        UnsafeBuffer line = map(channel);
        return new Receiver() {
            private long seen;

            @Override
            public int poll(int limit) {
                long published = line.getLongVolatile(0);
                if (published == seen) {
                    return 0;
                }
                seen = published;
                sink.onMessage(line, CONTENT, CONTENT_LENGTH);
                return 1;
            }

            @Override
            public int await(int limit) {
                throw new UnsupportedOperationException("a cache line cannot be waited for without spinning");
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {}

    private UnsafeBuffer map(String channel) {
        MappedByteBuffer mapping = MappedFiles.map(directory.resolve(channel), BYTES);
        mapping.order(ByteOrder.nativeOrder());
        return new UnsafeBuffer(mapping);
    }
}
