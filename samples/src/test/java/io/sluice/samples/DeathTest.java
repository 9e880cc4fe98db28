package io.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kill")
class DeathTest extends TransferFixture {
    private static final int INPUT_BYTES = 64_000_000;
    private static final String RECEIVER_GONE = "samples: the receiver was killed or gave up: channel=channel";
    private static final String SENDER_GONE =
            "samples: the sender was killed or gave up, the output is incomplete: channel=channel, bytes=";

    @Test
    void receive_whenTheSenderIsKilledAtAnyMoment_endsWithAPrefixOfTheInput() throws Exception {
        int rounds = Boolean.getBoolean("sluice.stress") ? 200 : 20;
        Path input = randomInput(INPUT_BYTES);
        Random random = new Random(seed());
        int complete = 0;
        for (int round = 0; round < rounds; round++) {
            try (SampleProcess sender = send(input)) {
                sender.awaitSaid("waiting for a receiver");
                Files.deleteIfExists(output());
                try (SampleProcess receiver = receive(output())) {
                    if (random.nextInt(4) != 0) {
                        SampleProcess.awaitSize(output(), 1);
                    }
                    LockSupport.parkNanos(random.nextInt(100_000_000));
                    complete += killAndCheck(sender, receiver, input) ? 1 : 0;
                }
            }
        }
        System.out.println("killed: rounds=" + rounds + ", complete=" + complete);
    }

    /** True if all had been sent. */
    private boolean killAndCheck(SampleProcess sender, SampleProcess receiver, Path input) throws Exception {
        boolean begun = Files.exists(output()) && Files.size(output()) > 0;
        sender.process().destroyForcibly();
        long killed = System.nanoTime();
        boolean complete = receiver.awaitExit() == 0;
        if (begun) { // else the time is that of a JVM's start
            assertThat(System.nanoTime() - killed).as("nanoseconds").isLessThan(TimeUnit.SECONDS.toNanos(1));
        }
        long size = Files.size(output());
        if (complete) {
            assertThat(size).isEqualTo(Files.size(input));
        } else {
            assertEnded(receiver, Main.SENDER_GONE, SENDER_GONE + size);
        }
        assertThat(Files.mismatch(input, output())).isIn(-1L, size);
        return complete;
    }

    @Test
    void transfer_whenTheSenderIsStoppedAndContinued_completes() throws Exception {
        byte[] bytes = randomBytes(INPUT_BYTES);
        try (SampleProcess receiver = receive(output());
                SampleProcess sender = send(Redirect.PIPE);
                OutputStream input = sender.process().getOutputStream()) {
            input.write(bytes, 0, INPUT_BYTES / 2);
            SampleProcess.awaitSize(output(), 1);
            sender.signal("STOP");
            assertThat(receiver.process().waitFor(10, TimeUnit.SECONDS)).isFalse();
            sender.signal("CONT");
            input.write(bytes, INPUT_BYTES / 2, INPUT_BYTES - INPUT_BYTES / 2);
            input.close();
            assertEnded(sender, 0);
            assertEnded(receiver, 0);
        }
        assertThat(Arrays.equals(Files.readAllBytes(output()), bytes)).isTrue();
    }

    @Test
    void send_whenTheReceiverIsKilled_ends() throws Exception {
        try (SampleProcess sender = send(randomInput(INPUT_BYTES));
                SampleProcess receiver = receive(Redirect.PIPE)) {
            assertThat(receiver.process().getInputStream().read()).isNotNegative();
            receiver.process().destroyForcibly();
            assertEnded(sender, Main.RECEIVER_GONE, RECEIVER_GONE);
        }
    }

    @Test
    void receive_intoAClosedPipe_endsBothWithAWord() throws Exception {
        try (SampleProcess receiver = receive(Redirect.PIPE)) {
            receiver.process().getInputStream().close();
            try (SampleProcess sender = send(randomInput(INPUT_BYTES))) {
                assertEnded(receiver, Main.FAILED, "samples: cannot write standard output: error=Broken pipe");
                assertEnded(sender, Main.RECEIVER_GONE, RECEIVER_GONE);
            }
        }
    }

    @Test
    void receive_afterTheSenderWasKilled_getsWhatItLeft() throws Exception {
        try (SampleProcess sender = send(randomInput(10))) {
            sender.awaitSaid("waiting for a receiver");
        }
        try (SampleProcess receiver = receive(output())) {
            assertEnded(receiver, Main.SENDER_GONE, SENDER_GONE + 0);
        }
    }

    @Test
    void send_afterBothWereKilled_startsAnew() throws Exception {
        try (SampleProcess sender = send(randomInput(INPUT_BYTES));
                SampleProcess receiver = receive(Redirect.PIPE)) {
            assertThat(receiver.process().getInputStream().read()).isNotNegative();
            sender.process().destroyForcibly();
            sender.awaitExit();
        }
        Path input = randomInput(10);
        try (SampleProcess sender = send(input)) {
            sender.awaitSaid("waiting for a receiver");
            try (SampleProcess receiver = receive(output())) {
                assertEnded(sender, 0);
                assertEnded(receiver, 0);
            }
        }
        assertThat(output()).hasSameBinaryContentAs(input);
    }
}
