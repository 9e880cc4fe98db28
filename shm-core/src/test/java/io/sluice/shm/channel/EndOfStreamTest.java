package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.Deaths;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What others do while one looks through the producers' entries: the end of the stream is told once, behind all messages. */
class EndOfStreamTest {
    private static final MessageHandler IGNORE = (buffer, offset, length, header) -> {};

    private final TemporaryDomain directory = new TemporaryDomain();
    private final Meanwhile meanwhile = new Meanwhile();
    private Domain first;
    private Domain second;
    private Domain third;
    private Domain watching;

    @BeforeEach
    void open() throws IOException {
        first = directory.open();
        second = directory.open();
        third = directory.open();
        watching = directory.open();
    }

    @AfterEach
    void close() {
        watching.close();
        directory.close();
    }

    private static Channel channel(Domain domain, Ring.Memory memory, OpenGuard guard) throws IOException {
        return Channel.named("orders")
                .capacity(4096)
                .memory(memory)
                .guard(guard)
                .open(domain);
    }

    private static Publication publish(Domain domain) throws IOException {
        return channel(domain, new Ring.Memory(), new OpenGuard()).publish();
    }

    private static void send(Publication out) {
        assertThat(out.claim(8)).isPositive();
        out.commit();
    }

    private long ended() throws IOException {
        try (FileChannel file = FileChannel.open(directory.path().resolve("orders.channel"))) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
            file.read(word, ChannelLayout.ENDED);
            return word.getLong(0);
        }
    }

    /** The other one is killed when the one that leaves has read the tail, with a message sent since. */
    @Test
    void close_whileTheOtherSendsAndDies_tellsTheEndBehindItsMessage() throws IOException {
        try (Subscription in =
                channel(watching, new Ring.Memory(), new OpenGuard()).subscribe()) {
            Publication leaves = channel(first, meanwhile, new OpenGuard()).publish();
            Publication dies = publish(second);
            send(leaves);
            meanwhile.atTheFirstLook = ChannelLayout.producer(1, ChannelLayout.PRODUCER);
            meanwhile.what = () -> {
                send(dies);
                Deaths.die(second);
            };

            leaves.close();
            assertThat(meanwhile.what).as("it happened").isNull();
            assertThat(ended()).isEqualTo(Frame.due(2 * 32, Frame.END_OF_STREAM));
            assertThat(in.poll(IGNORE, 1)).isEqualTo(1);
            assertThat(in.poll(IGNORE, 1)).isEqualTo(1);
            assertThat(in.poll(IGNORE, 1)).isNegative();
            assertThat(in.poll(IGNORE, 1)).isZero();
            first.close();
        }
    }

    /** A rescuer, on its way through the entries, has seen the one that leaves, and not yet the one that dies. */
    @Test
    void rescue_whileOneLeavesAndTheLastDies_tellsTheEnd() throws IOException {
        OpenGuard guard = new OpenGuard();
        try (Subscription in = channel(watching, meanwhile, guard).subscribe()) {
            send(publish(first));
            Publication leaves = publish(second);
            publish(third);
            Deaths.die(first);
            guard.beforeRecovery = () -> meanwhile.atTheFirstLook = ChannelLayout.producer(2, ChannelLayout.PRODUCER);
            meanwhile.what = () -> {
                leaves.close();
                Deaths.die(third);
            };

            assertThat(in.poll(IGNORE, 1)).isEqualTo(1);
            assertThat(in.poll(IGNORE, 1)).isEqualTo(Subscription.PUBLISHER_DIED);
            assertThat(meanwhile.what).as("it happened").isNull();
            assertThat(in.poll(IGNORE, 1)).isZero();
            second.close();
        }
    }

    /** Does something once, before a word is looked at. */
    private static final class Meanwhile extends Ring.Memory {
        private int atTheFirstLook = -1;
        private Runnable what;

        @Override
        Words words(MappedFile file) {
            return new HookedWords(file.buffer());
        }

        private final class HookedWords extends Words {
            HookedWords(ByteBuffer buffer) {
                super(buffer);
            }

            @Override
            public long longAcquire(int offset) {
                if (offset == atTheFirstLook && what != null) {
                    Runnable now = what;
                    what = null;
                    now.run();
                }
                return super.longAcquire(offset);
            }
        }
    }
}
