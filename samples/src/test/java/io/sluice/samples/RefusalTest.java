package io.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.Subscription;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class RefusalTest extends TransferFixture {
    @Test
    void send_whileAnotherSenderLives_isRefused() throws Exception {
        Path input = randomInput(10);
        try (SampleProcess first = send(input)) {
            first.awaitSaid("waiting for a receiver");
            try (SampleProcess second = send(input)) {
                assertEnded(
                        second,
                        Main.REFUSED,
                        "samples: channel has a publication: channel=channel, pid="
                                + first.process().pid() + ",.*");
            }
            assertThat(first.process().isAlive()).isTrue();
        }
    }

    @Test
    void receive_inTheMiddle_isRefused() throws Exception {
        int capacity = 64 * 1024;
        try (Domain domain = openDomain();
                Channel channel = Channel.named(CHANNEL).capacity(capacity).open(domain);
                Subscription first = channel.subscribe();
                SampleProcess sender = send(randomInput(1_000_000))) {
            while (first.position() < 2 * capacity) {
                assertThat(read(first)).isPositive();
            }
            try (SampleProcess late = receive(Redirect.DISCARD)) {
                assertEnded(
                        late,
                        Main.JOINED_LATE,
                        "samples: the beginning was over before this receiver came: channel=channel, offset=[1-9].*");
            }
            int result = 1;
            while (result > 0) {
                result = read(first);
            }
            assertThat(result).isEqualTo(Subscription.END_OF_STREAM);
            assertEnded(sender, 0);
        }
    }

    private static int read(Subscription subscription) throws InterruptedException {
        return subscription.receive((buffer, offset, length, header) -> {}, 1, Duration.ofSeconds(60));
    }

    @Test
    void receive_withAnotherCapacity_isRefused() throws Exception {
        try (SampleProcess sender = send(randomInput(10), "--capacity", "8192")) {
            sender.awaitSaid("waiting for a receiver");
            try (SampleProcess receiver = receive(Redirect.DISCARD, "--capacity", "4096")) {
                assertEnded(
                        receiver,
                        Main.REFUSED,
                        "samples: channel exists with another capacity: .*, actual=8192, expected=4096");
            }
        }
    }

    @Test
    void send_withoutReceiver_endsInTime() throws Exception {
        try (SampleProcess sender = send(randomInput(10), "--timeout", "0.1")) {
            assertEnded(
                    sender, Main.NOBODY_CAME, "samples: waited in vain for a receiver: channel=channel, seconds=0.1");
        }
    }

    @Test
    void receive_withoutSender_endsInTime() throws Exception {
        try (SampleProcess receiver = receive(output(), "--timeout", "0.1")) {
            assertEnded(
                    receiver, Main.NOBODY_CAME, "samples: waited in vain for a sender: channel=channel, seconds=0.1");
        }
    }

    @Test
    void receive_whereNoDomainCanBe_saysSo() throws Exception {
        Files.createFile(domains());
        try (SampleProcess receiver = receive(output())) {
            assertEnded(receiver, Main.FAILED, "samples: FileAlreadyExistsException: " + domains());
        }
    }

    @Test
    void receive_withoutChannel_printsUsage() throws Exception {
        try (SampleProcess receiver = SampleProcess.start(domains(), Redirect.PIPE, Redirect.DISCARD, "receive")) {
            assertEnded(receiver, Main.REFUSED, "Missing required parameter: 'CHANNEL'", "Usage: .*");
        }
    }

    @Test
    void receive_ofABadChannelName_isRefused() throws Exception {
        try (SampleProcess receiver =
                SampleProcess.start(domains(), Redirect.PIPE, Redirect.DISCARD, "receive", "../x")) {
            assertEnded(receiver, Main.REFUSED, "samples: channel name must be .*: name=../x");
        }
    }
}
