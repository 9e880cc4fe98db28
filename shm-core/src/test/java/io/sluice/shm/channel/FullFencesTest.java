package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In a domain whose light fences are full ones. */
class FullFencesTest {
    private final String setting = System.getProperty(Fences.PROPERTY, "light");

    @BeforeEach
    void useFullFences() {
        System.setProperty(Fences.PROPERTY, "full");
    }

    @AfterEach
    void restoreSetting() {
        System.setProperty(Fences.PROPERTY, setting);
    }

    /** The fence between a commit and the look for sleepers is behind the store to the tail; without it none is left. */
    @Test
    void commit_exclusive_movesTheTailEachTime() throws IOException {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = Channel.named("orders").capacity(1 << 16).open(domain);
                Publication out = channel.publish()) {
            for (int i = 1; i <= 10; i++) {
                assertThat(out.claim(8)).isPositive();
                out.commit();
                assertThat(tail(directory)).isEqualTo(i * 32L);
            }
        }
    }

    private static long tail(TemporaryDomain directory) throws IOException {
        try (FileChannel file = FileChannel.open(directory.path().resolve("orders.channel"))) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
            file.read(word, ChannelLayout.TAIL);
            return word.getLong(0);
        }
    }
}
