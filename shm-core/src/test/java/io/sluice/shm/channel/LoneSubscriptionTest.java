package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A subscription that is the only one writes what it read over itself (S4a), and nobody may see a difference. */
class LoneSubscriptionTest {
    /** As many in one poll make a stream, from the next poll on. */
    private static final int STREAM = 4;

    private static final int[] LENGTHS = {10, 20, 30, 33, 0, 8, 64, 65, 100, 1000, 40, 2000};

    @Test
    void poll_alone_leavesTheRingAsItWas() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                Channel channel = Channel.named("orders").capacity(1 << 13).open(domain);
                Publication out = channel.publish()) {
            List<byte[]> sent = new ArrayList<>();
            for (int length : LENGTHS) {
                byte[] message = new byte[length];
                for (int i = 0; i < length; i++) {
                    message[i] = (byte) (length + 31 * i + 1);
                }
                assertThat(out.offer(message, 0, length)).isPositive();
                sent.add(message);
            }
            byte[] before = new byte[channel.capacity()];
            out.buffer().getBytes(0, before);
            try (Subscription first = channel.subscribe()) {
                assertThat(receive(first))
                        .usingElementComparator(Arrays::compare)
                        .isEqualTo(sent);
                byte[] after = new byte[channel.capacity()];
                out.buffer().getBytes(0, after);
                assertThat(after).isEqualTo(before);
                try (Subscription second = channel.subscribe(StartPosition.EARLIEST)) {
                    assertThat(receive(second))
                            .usingElementComparator(Arrays::compare)
                            .isEqualTo(sent);
                }
            }
        }
    }

    private static List<byte[]> receive(Subscription in) {
        List<byte[]> received = new ArrayList<>();
        int count;
        do {
            count = in.poll(
                    (buffer, offset, length, header) -> {
                        byte[] message = new byte[length];
                        buffer.getBytes(offset, message);
                        received.add(message);
                    },
                    STREAM);
        } while (count > 0);
        return received;
    }
}
