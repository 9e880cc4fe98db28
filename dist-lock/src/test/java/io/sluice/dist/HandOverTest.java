package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockMode;
import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** The write lock that a release leaves to who waits for it: PROTOCOL.md, steps 20 and 31. */
class HandOverTest {
    private static final Duration LEASE = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String STATE = "{sluice:book}";

    /** Of a client that is not there. */
    private static final String ABSENT = "c:1:1:1:host:main";

    private static RedisNode redis;
    private static RedissonClient client;
    private static RedissonClient otherClient;

    private DistributedReadWriteLock other;
    private RemoteLock waiting;

    @BeforeAll
    static void startRedis() throws Exception {
        redis = RedisNode.start();
        client = RedisClients.single(redis.address());
        otherClient = RedisClients.single(redis.address());
    }

    @AfterAll
    static void stopRedis() throws Exception {
        client.shutdown();
        otherClient.shutdown();
        redis.close();
    }

    @BeforeEach
    void open() {
        redis.ask("FLUSHALL");
        other = DistributedReadWriteLock.named("book").lease(LEASE).open(otherClient);
        Settings settings = new Settings("book", "sluice", LEASE, Settings.UNLIMITED, 0, 0, Duration.ZERO);
        waiting = new RemoteLock(client, settings);
    }

    @AfterEach
    void close() {
        waiting.close();
        other.close();
    }

    private Acquisition waits() throws Exception {
        Acquisition request = waiting.request(LockMode.WRITE, "main", Acquisition.NO_LIMIT);
        Conditions.await(
                "waits",
                SOON,
                () -> redis.ask("ZSCORE", STATE + ":w", request.id()).length() > 1);
        Conditions.await("listens", SOON, () -> waiting.wakeups().isOn());
        Thread.sleep(50); // the ask that follows that has been answered
        return request;
    }

    /** As Redis has it after a hand-over that nobody has confirmed. */
    private void holds(String id, long micros, String found) {
        redis.ask("ZREM", STATE + ":w", id);
        redis.ask("HSET", STATE, "w", String.format("%016d:%s", redis.micros() + micros, id), "f", found);
    }

    @Test
    void release_leavesTheLockToWhoWaits_whoDoesNotAsk() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        redis.ask("CONFIG", "RESETSTAT");
        hold.close();
        Lease lease = request.await(false);
        assertThat(lease.token()).isGreaterThan(hold.token());
        Conditions.await(
                "confirmed", SOON, () -> redis.ask("HEXISTS", STATE, "f").equals("0"));
        String calls = redis.ask("INFO", "commandstats");
        assertThat(calls).as("release.lua and renew.lua").contains("cmdstat_evalsha:calls=2,");
        assertThat(calls).as("release.lua twice, so not write.lua").contains("cmdstat_hmget:calls=2,");
        assertThat(redis.ask("HKEYS", STATE)).as("the gate is open").doesNotContain("g");
        assertThat(redis.ask("HGET", STATE, "w")).endsWith(":" + lease.id());
        lease.release(LockMode.WRITE);
        other.write(SOON).close();
    }

    @Test
    void lease_thatWasHandedOver_isAWholeOneOnceConfirmed() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        hold.close();
        Lease lease = request.await(false);
        Thread.sleep(2 * TimeUnit.NANOSECONDS.toMillis(Lease.HANDED_NANOS));
        assertThat(lease.isLive()).isTrue();
        assertThat(other.tryWrite()).isNull();
        lease.release(LockMode.WRITE);
    }

    @Test
    void lease_thatCannotBeConfirmed_isLostBeforeOthersGetIn() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        hold.close();
        Lease lease = request.await(false);
        redis.ask("DEL", STATE);
        Conditions.await("lost", LEASE, () -> !lease.isLive());
        assertThatThrownBy(() -> lease.release(LockMode.WRITE)).isInstanceOf(HoldLostException.class);
    }

    @Test
    void handOver_whoseMessageWasLost_isMetByTheNextAsk() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        holds(request.id(), 1_000_000, "w");
        request.ask();
        Lease lease = request.await(false);
        assertThat(lease.previousOwnerDied()).as("what was found then").isTrue();
        lease.release(LockMode.WRITE);
        assertThat(redis.ask("HEXISTS", STATE, "f")).isEqualTo("0");
        assertThatThrownBy(hold::close).isInstanceOf(HoldLostException.class);
    }

    @Test
    void handOver_thatComesLateOrToAnotherOrIsNone_isOnlyAHint() throws Exception {
        try (Hold hold = other.write()) {
            Acquisition request = waits();
            long now = redis.micros();
            String late = (hold.token() + 1) + "," + (now / 1_000_000 - 2) + ",0,,";
            waiting.ringWriter(late + request.id());
            String timely = (hold.token() + 1) + "," + now / 1_000_000 + "," + now % 1_000_000 + ",,";
            waiting.ringWriter(timely + ABSENT);
            waiting.ringWriter(timely.replace(',', ';'));
            waiting.ringWriter("x,y,z,," + request.id());
            waiting.ringWriter("");
            Thread.sleep(100);
            assertThat(request.isOver()).isFalse();
            request.withdraw(new IllegalStateException("end"));
        }
        other.write(SOON).close();
    }

    @Test
    void handOver_withATokenBelowOneThatWasSeen_isAskedForAndGetsAHigherOne() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        long seen = hold.token() + 1_000_000_000;
        assertThat(waiting.accepts(seen)).isTrue();
        hold.close();
        assertThat(request.await(false).token()).isGreaterThan(seen);
    }

    @Test
    void handOver_toOneThatNeverCame_endsAfterAMomentAndCountsAsADeath() throws Exception {
        holds(ABSENT, 200_000, "");
        long begin = System.nanoTime();
        assertThat(other.tryWrite()).isNull();
        try (Hold hold = other.write(SOON)) {
            assertThat(hold.previousOwnerDied()).as("it may have come").isTrue();
        }
        assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(1));
        try (Hold hold = other.write(SOON)) {
            assertThat(hold.previousOwnerDied()).as("told once").isFalse();
        }
    }

    @Test
    void death_ofAWriterAndThenOfReaders_isToldAsThatOfAWriter() {
        holds(ABSENT, -1000, "");
        redis.ask("ZADD", STATE + ":r", String.valueOf(redis.micros() - 1000), ABSENT);
        try (Hold hold = other.write()) {
            assertThat(hold.previousOwnerDied()).isTrue();
        }
    }

    @Test
    void withdrawal_ofARequestThatWasToBeToldOfADeath_leavesThatToTheNext() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        holds(request.id(), 1_000_000, "w");
        redis.ask("CONFIG", "RESETSTAT");
        request.withdraw(new IllegalStateException("end"));
        Conditions.await("has left", SOON, () -> redis.ask("HGET", STATE, "w").startsWith("0000"));
        assertThatThrownBy(hold::close).isInstanceOf(HoldLostException.class);
        waiting.leave(request.id()); // as after a lost answer
        Conditions.await(
                "once more", SOON, () -> redis.ask("INFO", "commandstats").contains("cmdstat_zrem:calls=12,"));
        try (Hold next = other.write(SOON)) {
            assertThat(next.previousOwnerDied()).isTrue();
        }
    }

    @Test
    void hold_thatWasOpenTooLong_countsAsADeathForTheNext() throws Exception {
        try (DistributedReadWriteLock limited = DistributedReadWriteLock.named("book")
                .maxHold(Duration.ofMillis(50))
                .open(client)) {
            Hold hold = limited.write();
            Conditions.await("is lost", SOON, () -> !hold.isValid());
            try (Hold next = other.write(SOON)) {
                assertThat(next.previousOwnerDied()).isTrue();
            }
            assertThatThrownBy(hold::close).isInstanceOf(HoldLostException.class);
        }
    }

    @Test
    void confirmation_thatIsAnsweredLate_isInTime() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        holds(request.id(), 1_000_000, "");
        Answer grant = new Answer(Answer.Kind.GRANTED, hold.token() + 1, redis.micros(), "");
        redis.pause();
        request.handedOver(grant);
        Lease lease = request.await(false);
        Thread.sleep(300);
        redis.resume();
        Thread.sleep(1000);
        assertThat(lease.isLive()).isTrue();
        String held = redis.ask("HGET", STATE, "w");
        assertThat(held).endsWith(request.id());
        assertThat(Long.parseLong(held.substring(0, 16)))
                .as("prolonged to a whole lease")
                .isGreaterThan(redis.micros() + SOON.toMillis() * 1000);
        lease.release(LockMode.WRITE);
        assertThatThrownBy(hold::close).isInstanceOf(HoldLostException.class);
    }

    @Test
    void handOver_whenTheMemoryIsFull_isDone() throws Exception {
        Hold hold = other.write();
        Acquisition request = waits();
        redis.ask("CONFIG", "SET", "maxmemory", "1");
        try {
            hold.close();
            request.await(false);
            assertThat(redis.ask("HGET", STATE, "w")).endsWith(request.id());
        } finally {
            redis.ask("CONFIG", "SET", "maxmemory", "0");
        }
    }

    @Test
    void request_thatIsWithdrawnWhileTheLockIsHandedToIt_leavesNothing() throws Exception {
        for (int i = 0; i < 200; i++) {
            Hold hold = other.write();
            Acquisition request = waiting.request(LockMode.WRITE, "main", Acquisition.NO_LIMIT);
            Conditions.await(
                    "waits", SOON, () -> redis.ask("ZCARD", STATE + ":w").equals("1"));
            CompletableFuture<Void> withdrawn =
                    CompletableFuture.runAsync(() -> request.withdraw(new IllegalStateException("end")));
            hold.close();
            withdrawn.get(SOON.toSeconds(), TimeUnit.SECONDS);
            if (!request.result().isCompletedExceptionally()) {
                request.await(false).release(LockMode.WRITE);
            }
        }
        other.write(Duration.ofMillis(900)).close();
        Conditions.await("nothing is left", SOON, () -> other.parties().isEmpty());
    }
}
