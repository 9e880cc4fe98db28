package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;

/** Step B3 of a publication whose bias is being revoked by one that is stopped in it. */
class RevokedClaimTest {
    private static final int BIAS = ChannelLayout.producer(0, ChannelLayout.BIAS);

    /** Between two holds a recovery could make padding of what was announced, and counts. */
    @Test
    void claim_announcedWhileTheBiasIsRevoked_countsWithinTheHoldThatItWasAnnouncedIn() throws IOException {
        OpenGuard guard = new OpenGuard();
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel =
                        Channel.named("orders").capacity(1 << 16).guard(guard).open(domain);
                Publication out = channel.publish()) {
            for (int i = 0; i < 100; i++) {
                assertThat(out.claim(8)).isPositive();
                out.commit();
            }
            assertThat(channel.describe()).contains("keeps the tail");
            stopInB4(directory);
            int entries = guard.entries;
            int exits = guard.exits;

            assertThat(out.claim(8)).isEqualTo(100 * 32 + Frame.HEADER);
            assertThat(guard.entries).isEqualTo(entries + 1);
            assertThat(guard.exits).isEqualTo(exits);
            out.commit();
            assertThat(guard.exits).isEqualTo(exits + 1);
            assertThat(channel.describe()).contains("tail=" + 101 * 32).doesNotContain("keeps the tail");
        }
    }

    private static void stopInB4(TemporaryDomain directory) throws IOException {
        try (FileChannel file = FileChannel.open(
                directory.path().resolve("orders.channel"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
            file.read(word, BIAS);
            word.putLong(0, word.getLong(0) | 1L << 62).rewind();
            file.write(word, BIAS);
        }
    }
}
