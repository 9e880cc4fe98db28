package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.MessageHandler;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Producers that die, or are stopped, between claim and commit. The cases in which Agrona's ring of many producers stalls
 * begin with {@code stallCase}.
 */
@Tag("process")
@Tag("kill")
class GuardedChannelDeathTest {
    private static final int CAPACITY = 4096;
    private static final int HEADER = 16;
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMillis(Stress.choose(500, 10_000));

    private final TemporaryDomain directory = new TemporaryDomain();
    private final List<Long> received = new ArrayList<>();
    private final MessageHandler receiver = (buffer, offset, length, header) -> received.add(buffer.getLong(offset));
    private Domain domain;
    private Channel channel;

    @BeforeEach
    void open() throws IOException {
        domain = directory.open();
        channel = GuardedChannel.named(GuardedPeer.CHANNEL).capacity(CAPACITY).open(domain);
    }

    @AfterEach
    void close() {
        domain.close();
        directory.close();
    }

    private ForkedJvm peer() throws Exception {
        Path progress = directory.parent().resolve("progress");
        Files.write(progress, new byte[64]);
        ForkedJvm peer = ForkedJvm.start(
                List.of("-Xmx16m"), GuardedPeer.class, directory.path().toString(), "0", progress.toString());
        peer.awaitLine("ready");
        return peer;
    }

    private static void claim(ForkedJvm peer, int length) throws InterruptedException {
        peer.send("publish");
        peer.awaitLine("published");
        peer.send("claim 0 " + length);
        assertThat(Integer.parseInt(peer.awaitLine("claimed"))).isPositive();
    }

    private static void send(Publication out, long value) {
        int index = out.claim(Long.BYTES);
        assertThat(index).isPositive();
        out.buffer().putLong(index, value);
        out.commit();
    }

    private void receiveUntil(Subscription in, Conditions.Condition condition) throws Exception {
        Conditions.await("received=" + received + ", " + channel.describe(), SOON, () -> {
            in.poll(receiver, 64);
            return condition.holds();
        });
    }

    @Test
    void stallCase_killedBeforeItsLengthIsStored_subscriberGoesOnWithoutAnotherWrite() throws Exception {
        try (Publication idle = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            claim(victim, 100);
            long tail = Publication.stride(100);
            assertThat(in.poll(receiver, 64)).isZero();
            victim.kill();

            receiveUntil(in, () -> in.position() == tail);
            send(idle, 42);
            assertThat(in.poll(receiver, 64)).isOne();
            assertThat(received).containsExactly(42L);
        }
    }

    @Test
    void stallCase_deadClaimsFillTheRing_producerGoesOn() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            int length = CAPACITY / 8 - HEADER;
            victim.send("fill " + length);
            assertThat(victim.awaitLine("filled")).isEqualTo("8");
            assertThat(out.claim(Long.BYTES)).isEqualTo(Publication.BACK_PRESSURED);
            victim.kill();

            receiveUntil(in, () -> {
                int index = out.claim(Long.BYTES);
                if (index >= 0) {
                    out.buffer().putLong(index, 7);
                    out.commit();
                }
                return index >= 0;
            });
            receiveUntil(in, () -> !received.isEmpty());
            assertThat(received).containsExactly(7L);
        }
    }

    @Test
    void stallCase_deadClaimsFillTheRing_blockedProducerGoesOn() throws Exception {
        try (Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            victim.send("fill " + (CAPACITY / 4 - HEADER));
            assertThat(victim.awaitLine("filled")).isEqualTo("4");
            CompletableFuture<Integer> blocked = CompletableFuture.supplyAsync(
                    () -> {
                        try (Publication out = channel.publish()) {
                            int index = out.claim(Long.BYTES, SOON);
                            out.abort();
                            return index;
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task, "blocked").start());
            victim.kill();
            long deadline = System.nanoTime() + SOON.toNanos();
            while (!blocked.isDone() && System.nanoTime() < deadline) {
                in.receive(receiver, 64, Duration.ofMillis(20));
            }
            assertThat(blocked.get(1, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void stallCase_deadClaimEndsAtTheRingsEnd_laterMessagesAreReceived() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            send(out, 1);
            int first = Publication.stride(Long.BYTES);
            assertThat(in.poll(receiver, 64)).isOne();
            for (int position = first; position < CAPACITY / 2; position += first) {
                send(out, 2);
            }
            receiveUntil(in, () -> in.position() == CAPACITY / 2);
            received.clear();
            claim(victim, CAPACITY / 2 - HEADER); // to the last byte
            send(out, 3); // at the ring's beginning
            assertThat(in.poll(receiver, 64)).isZero();
            victim.kill();

            receiveUntil(in, () -> !received.isEmpty());
            assertThat(received).containsExactly(3L);
            assertThat(in.position()).isEqualTo(CAPACITY + first);
        }
    }

    @Test
    void stallCase_claimantIsSlow_isNeverOverruled() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm slow = peer()) {
            claim(slow, Long.BYTES);
            slow.stop();
            send(out, 5);
            assertThat(in.receive(receiver, 64, LONG)).isZero();
            assertThat(in.position()).isZero();
            assertThat(channel.describe()).contains("pid=" + slow.pid()).contains("STOPPED");

            slow.resume();
            slow.send("commit 0");
            assertThat(slow.awaitLine("committed")).isEqualTo("" + Publication.stride(Long.BYTES));
            receiveUntil(in, () -> received.size() == 2);
            assertThat(received).containsExactly(0L, 5L);
        }
    }

    @Test
    void receive_claimantIsKilled_wakesWithinASecond() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            claim(victim, 100);
            send(out, 6);
            CompletableFuture<Long> killed = new CompletableFuture<>();
            Thread killer = new Thread(() -> {
                try {
                    Conditions.await(
                            "subscriber sleeps", SOON, () -> channel.describe().contains("waits for messages"));
                    killed.complete(System.nanoTime());
                    victim.kill();
                } catch (Exception e) {
                    killed.completeExceptionally(e);
                }
            });
            killer.start();
            assertThat(in.receive(receiver, 64, Duration.ofSeconds(20))).isOne();
            assertThat(System.nanoTime() - killed.get()).isLessThan(TimeUnit.SECONDS.toNanos(1));
            assertThat(received).containsExactly(6L);
        }
    }

    @Test
    void receive_aDeadAndAStoppedClaimant_goesOnWhenTheStoppedOneDoes() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer();
                ForkedJvm stopped = peer()) {
            claim(victim, 100);
            claim(stopped, Long.BYTES);
            stopped.stop();
            victim.kill();
            send(out, 8);
            assertThat(in.receive(receiver, 64, LONG)).isZero();
            assertThat(channel.describe()).contains("pid=" + stopped.pid()).contains("STOPPED");
            int index = out.claim(Long.BYTES, Duration.ofSeconds(10)); // the gate may be closed for a millisecond
            assertThat(index).as("others are not shut out meanwhile").isPositive();
            out.buffer().putLong(index, 9);
            out.commit();

            stopped.resume();
            stopped.send("commit 0");
            stopped.awaitLine("committed");
            receiveUntil(in, () -> received.size() == 3);
            assertThat(received).containsExactly(0L, 8L, 9L);
        }
    }

    @Test
    void receive_oneOfTwoProducersIsKilled_isNoEnd() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            claim(victim, 100);
            victim.kill();
            receiveUntil(in, () -> in.position() == Publication.stride(100));
            assertThat(in.receive(receiver, 64, Duration.ofMillis(50))).isZero();
            out.close();
            assertThat(in.receive(receiver, 64, SOON)).isEqualTo(Subscription.END_OF_STREAM);
            assertThat(in.poll(receiver, 64)).isZero();
        }
    }

    @Test
    void receive_lastProducerIsKilled_isToldOnce() throws Exception {
        try (Subscription in = channel.subscribe();
                ForkedJvm victim = peer()) {
            claim(victim, Long.BYTES);
            victim.send("commit 0");
            victim.awaitLine("committed");
            channel.publish().close();
            victim.kill();
            assertThat(in.receive(receiver, 64, SOON)).isOne();
            assertThat(in.receive(receiver, 64, SOON)).isEqualTo(Subscription.PUBLISHER_DIED);
            assertThat(in.receive(receiver, 64, Duration.ofMillis(50))).isZero();
            try (Publication successor = channel.publish()) {
                send(successor, 10);
                received.clear();
                receiveUntil(in, () -> !received.isEmpty());
                assertThat(received).containsExactly(10L);
            }
            assertThat(in.receive(receiver, 64, SOON)).isEqualTo(Subscription.END_OF_STREAM);
        }
    }

    @Test
    void claim_slowestSubscriberIsKilled_goesOn() throws Exception {
        try (Publication out = channel.publish();
                Subscription in = channel.subscribe();
                ForkedJvm slow = peer()) {
            slow.send("subscribe");
            slow.awaitLine("subscribed");
            while (out.claim(100) > 0) {
                out.commit();
                in.poll(receiver, 10);
            }
            assertThat(out.backlog()).first().satisfies(backlog -> {
                assertThat(backlog.pid()).isEqualTo(slow.pid());
                assertThat(backlog.lag()).isBetween((long) CAPACITY / 2, (long) CAPACITY);
                assertThat(backlog.stopped()).isFalse();
            });
            slow.kill();
            assertThat(out.claim(100, SOON)).isPositive();
            out.abort();
            assertThat(out.subscribers()).isOne();
        }
    }

    @Test
    void publish_afterEveryProducerDied_entriesAreFree() throws Exception {
        try (Subscription in = channel.subscribe()) {
            for (int round = 0; round < 2; round++) {
                try (ForkedJvm victim = peer()) {
                    victim.send("fill 16");
                    assertThat(victim.awaitLine("filled")).isEqualTo("" + Channel.MAX_PUBLICATIONS);
                }
                receiveUntil(in, () -> in.position() % CAPACITY != 0);
            }
            try (Publication out = channel.publish()) {
                send(out, 11);
                receiveUntil(in, () -> received.contains(11L));
            }
        }
    }
}
