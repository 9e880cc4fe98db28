package io.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("process")
class TransferTest extends TransferFixture {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5_000_017})
    void receive_beforeTheSender_getsEveryByte(int length) throws Exception {
        Path input = randomInput(length);
        try (SampleProcess receiver = receive(output())) {
            receiver.awaitSaid("waiting for a sender");
            try (SampleProcess sender = send(input)) {
                assertTransferred(sender, receiver, input);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 4096", "1000003, 4096", "5000017, 65536"})
    void receive_afterTheSender_getsEveryByte(int length, String capacity) throws Exception {
        Path input = randomInput(length);
        try (SampleProcess sender = send(input, "--capacity", capacity)) {
            sender.awaitSaid("waiting for a receiver");
            try (SampleProcess receiver = receive(output())) {
                assertTransferred(sender, receiver, input);
            }
        }
    }

    @Test
    void send_afterAnotherTransfer_startsAnew() throws Exception {
        for (int length = 1_000; length < 1_002; length++) {
            Path input = randomInput(length);
            try (SampleProcess receiver = receive(output());
                    SampleProcess sender = send(input)) {
                assertTransferred(sender, receiver, input);
            }
        }
    }

    private void assertTransferred(SampleProcess sender, SampleProcess receiver, Path input) throws Exception {
        String count = "bytes=" + Files.size(input) + ", messages=.*, seconds=.*, MB/s=.*";
        assertEnded(sender, 0, "sent: " + count);
        assertEnded(receiver, 0, "received: " + count);
        assertThat(output()).hasSameBinaryContentAs(input);
        assertThat(deleteChannel()).as("channel left behind").isFalse();
    }

    private boolean deleteChannel() throws IOException {
        try (Domain domain = openDomain()) {
            return Channel.delete(domain, CHANNEL);
        }
    }
}
