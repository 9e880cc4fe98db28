package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels between processes, some of which are killed or stopped. */
@Tag("process")
@Tag("kill")
class ChannelProcessTest {
    private static final boolean STRESS = Boolean.getBoolean("sluice.stress");
    private static final MessageHandler IGNORE = (buffer, offset, length, header) -> {};

    private final TemporaryDomain directory = new TemporaryDomain();
    private Domain domain;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private ForkedJvm peer(String role, long messages) {
        return ForkedJvm.start(Peer.class, directory.path().toString(), role, Long.toString(messages));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dsluice.natives=on", "-Dsluice.natives=off", "-Dsluice.fences=full"})
    void twoProcessesMoveEveryMessageUntorn(String setting) throws Exception {
        long messages = STRESS ? 5_000_000 : 300_000;
        String path = directory.path().resolveSibling("other").toString();
        List<String> options = List.of(setting, "-XX:TieredStopAtLevel=4");
        try (ForkedJvm receiver = ForkedJvm.start(options, Peer.class, path, "receive", "" + messages);
                ForkedJvm sender = ForkedJvm.start(options, Peer.class, path, "publish", "" + messages)) {
            assertThat(receiver.awaitLine("received")).startsWith(messages + " ");
            assertThat(sender.awaitExit()).isZero();
            assertThat(receiver.awaitExit()).isZero();
        }
    }

    @Test
    void receive_reportsAKilledPublisherWithinASecondBehindAPrefix() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Long> delays = new ArrayList<>();
        try (Channel channel = Channel.named("ticks").open(domain);
                Subscription in = channel.subscribe()) {
            int max = channel.maxMessageLength();
            for (int round = 0; round < (STRESS ? 200 : 20); round++) {
                try (ForkedJvm sender = peer("publish", Long.MAX_VALUE)) {
                    sender.awaitLine("publishing");
                    long[] next = {0};
                    long killAt = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(random.nextInt(50_000));
                    boolean killed = false;
                    long killedAt = 0;
                    int count = 0;
                    while (count >= 0) {
                        if (!killed && System.nanoTime() >= killAt) {
                            sender.kill();
                            killedAt = System.nanoTime();
                            killed = true;
                        }
                        count = in.receive(
                                (buffer, offset, length, header) -> Peer.verify(next[0]++, length, max, buffer, offset),
                                16,
                                Duration.ofSeconds(10));
                        assertThat(count).as("seed=%d, round=%d", seed, round).isNotZero();
                    }
                    delays.add(System.nanoTime() - killedAt);
                    assertThat(count).isEqualTo(Subscription.PUBLISHER_DIED);
                    assertThat(System.nanoTime() - killedAt).as("seed=%d", seed).isLessThan(1_000_000_000L);
                }
            }
        }
        Collections.sort(delays);
        System.getLogger(getClass().getName())
                .log(
                        System.Logger.Level.INFO,
                        "killed publisher reported after us: median={0}, max={1}",
                        delays.get(delays.size() / 2) / 1000,
                        delays.get(delays.size() - 1) / 1000);
    }

    @Test
    void poll_reportsAKilledPublisherToAPollerWithoutSystemCalls() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain);
                Subscription in = channel.subscribe();
                ForkedJvm sender = peer("claim", 0)) {
            sender.awaitLine("claimed");
            assertThat(in.poll(IGNORE, 10)).isEqualTo(1);
            assertThat(in.poll(IGNORE, 10)).isZero();
            sender.kill();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            int result = 0;
            while (result == 0 && System.nanoTime() < deadline) {
                LockSupport.parkNanos(100_000);
                result = in.poll(IGNORE, 10);
            }
            assertThat(result).isEqualTo(Subscription.PUBLISHER_DIED);
            assertThat(in.poll(IGNORE, 10)).isZero();
        }
    }

    @Test
    void receive_reportsAPublisherThatIsKilledBeforeItsFirstMessageBehindAnEarlierEnd() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain);
                Subscription first = channel.subscribe()) {
            channel.publish().close();
            assertThat(first.poll(IGNORE, 1)).isEqualTo(Subscription.END_OF_STREAM);
            try (Subscription second = channel.subscribe();
                    ForkedJvm sender = peer("publish-nothing", 0)) {
                sender.awaitLine("publishing");
                assertThat(second.poll(IGNORE, 1)).isZero();
                sender.kill();
                assertThat(second.receive(IGNORE, 1, Duration.ofSeconds(10))).isEqualTo(Subscription.PUBLISHER_DIED);
                assertThat(first.receive(IGNORE, 1, Duration.ofSeconds(10))).isEqualTo(Subscription.PUBLISHER_DIED);
                assertThat(first.poll(IGNORE, 1)).isZero();
            }
        }
    }

    @Test
    void close_ofASubscriptionThatReadNothingLeavesTheDeathToTheNext() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain)) {
            channel.publish().close();
            try (Subscription unread = channel.subscribe();
                    ForkedJvm sender = peer("claim", 0)) {
                sender.awaitLine("claimed");
                sender.kill();
                assertThat(unread.position()).isZero();
            }
            try (Subscription in = channel.subscribe()) {
                assertThat(in.poll(IGNORE, 10)).isEqualTo(1);
                assertThat(in.receive(IGNORE, 10, Duration.ofSeconds(10))).isEqualTo(Subscription.PUBLISHER_DIED);
            }
        }
    }

    @Test
    void publish_afterAKilledPublisherTellsLateSubscribersToo() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain)) {
            try (ForkedJvm sender = peer("claim", 0)) {
                sender.awaitLine("claimed");
            }
            try (Publication out = channel.publish();
                    Subscription in = channel.subscribe()) {
                assertThat(in.poll(IGNORE, 10)).isEqualTo(1);
                assertThat(in.poll(IGNORE, 10)).isEqualTo(Subscription.PUBLISHER_DIED);
                out.buffer().putLong(out.claim(8), 42);
                out.commit();
                assertThat(in.poll(
                                (buffer, offset, length, header) ->
                                        assertThat(buffer.getLong(offset)).isEqualTo(42),
                                10))
                        .isEqualTo(1);
                out.close();
                assertThat(in.poll(IGNORE, 10)).isEqualTo(Subscription.END_OF_STREAM);
            }
        }
    }

    @Test
    void closedStreamStaysClosedAlthoughItsSuccessorDiesBeforeItsFirstMessage() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain)) {
            try (Publication out = channel.publish()) {
                while (out.claim(8000) > 0) {
                    out.commit();
                }
            }
            try (ForkedJvm successor = peer("publish", 1)) {
                successor.awaitLine("publishing");
            }
            try (Publication out = channel.publish();
                    Subscription in = channel.subscribe()) {
                assertThat(in.poll(IGNORE, 100)).isPositive();
                assertThat(in.poll(IGNORE, 100)).isEqualTo(Subscription.END_OF_STREAM);
                assertThat(out.claim(8)).isPositive();
                out.commit();
                assertThat(in.poll(IGNORE, 100)).isEqualTo(1);
            }
        }
    }

    @Test
    void offer_goesOnWithinASecondAfterASubscriberWasKilled() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain);
                Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm slow = peer("subscribe", 0)) {
            slow.awaitLine("subscribed");
            while (out.claim(1000) > 0) {
                out.commit();
                in.poll(IGNORE, 10);
            }
            assertThat(channel.describe()).contains("pid=" + slow.pid());
            slow.kill();
            long start = System.nanoTime();
            assertThat(out.claim(1000, Duration.ofSeconds(10))).isPositive();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(1));
            out.abort();
            assertThat(out.subscribers()).isEqualTo(1);
        }
    }

    @Test
    void receive_doesNotTakeAStoppedPublisherForDead() throws Exception {
        try (Channel channel = Channel.named("ticks").open(domain);
                Subscription in = channel.subscribe();
                ForkedJvm sender = peer("claim", 0)) {
            sender.awaitLine("claimed");
            assertThat(in.poll(IGNORE, 10)).isEqualTo(1);
            sender.stop();
            assertThat(in.receive(IGNORE, 10, Duration.ofSeconds(STRESS ? 10 : 2)))
                    .isZero();
            assertThat(channel.describe()).contains("pid=" + sender.pid()).contains("state=STOPPED");
            sender.resume();
            assertThat(channel.describe()).doesNotContain("STOPPED");
            sender.kill();
            assertThat(in.receive(IGNORE, 10, Duration.ofSeconds(10))).isEqualTo(Subscription.PUBLISHER_DIED);
        }
    }

    @Test
    void receive_usesNoProcessorWhileItSleeps() throws Exception {
        Channel.named("ticks").open(domain).close();
        try (ForkedJvm receiver = peer("receive", 1)) {
            receiver.awaitLine("subscribed");
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1)); // what its JVM still does after the start
            long before = receiver.cpuNanos();
            long start = System.nanoTime();
            while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(10)) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            }
            long used = receiver.cpuNanos() - before;
            assertThat(used * 100.0 / (System.nanoTime() - start))
                    .as("percent of a core")
                    .isLessThan(1.0);
        }
    }
}
