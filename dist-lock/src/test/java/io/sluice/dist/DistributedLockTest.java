package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockMode;
import io.sluice.rwlock.LockParty;
import io.sluice.rwlock.LockTimeoutException;
import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** What the lock in Redis promises beyond the contract of all reaches. */
class DistributedLockTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofSeconds(5);

    /** The hash of the lock {@code book}. */
    private static final String STATE = "{sluice:book}";

    private static RedisNode redis;
    private static RedissonClient client;
    private static RedissonClient otherClient;

    private DistributedReadWriteLock lock;
    private DistributedReadWriteLock other;

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
        lock = DistributedReadWriteLock.named("book").lease(LEASE).open(client);
        other = DistributedReadWriteLock.named("book").lease(LEASE).open(otherClient);
    }

    @AfterEach
    void close() {
        lock.close();
        other.close();
    }

    // ------------------------------------------------------------ leases

    @Test
    void hold_openLongerThanItsLease_isRenewed() throws Exception {
        Hold writing = lock.write();
        assertThatThrownBy(() -> other.read(LEASE.multipliedBy(2))).isInstanceOf(LockTimeoutException.class);
        assertThat(writing.isValid()).isTrue();
        Hold reading = writing.downgrade();
        assertThatThrownBy(() -> other.write(LEASE.multipliedBy(2))).isInstanceOf(LockTimeoutException.class);
        assertThat(reading.isValid()).isTrue();
        reading.close();
    }

    @Test
    void hold_thatRedisForgot_isLostOnceAndSaysWhy() throws Exception {
        Hold hold = lock.write();
        AtomicInteger losses = new AtomicInteger();
        hold.onLost(losses::incrementAndGet);
        redis.ask("FLUSHALL");
        Conditions.await("is lost", LEASE, () -> !hold.isValid());
        String lost = "hold is lost: lock=book, mode=WRITE, token=" + hold.token() + ", reason=Redis has it no more";
        assertThatThrownBy(hold::ensureValid)
                .isInstanceOf(HoldLostException.class)
                .hasMessage(lost);
        assertThatThrownBy(hold::read).isInstanceOf(HoldLostException.class).hasMessage(lost);
        assertThatThrownBy(lock::write).isInstanceOf(HoldLostException.class).hasMessage(lost);
        Conditions.await("is told", SOON, () -> losses.get() == 1);
        hold.onLost(losses::incrementAndGet);
        assertThat(losses).as("at once").hasValue(2);
        assertThatThrownBy(hold::close).isInstanceOf(HoldLostException.class).hasMessage(lost);
        hold.close();
        hold.onLost(losses::incrementAndGet);
        lock.write().close();
        assertThat(losses).hasValue(2);
    }

    @Test
    void hold_thatRedisForgot_isNoticedByItsReleaseAtTheLatest() {
        Hold hold = lock.read();
        redis.ask("FLUSHALL");
        assertThatThrownBy(hold::close)
                .isInstanceOf(HoldLostException.class)
                .hasMessage("hold is lost: lock=book, mode=READ, token=" + hold.token()
                        + ", reason=Redis had it no more when it was released");
    }

    @Test
    @SuppressWarnings("LockNotBeforeTry") // to unlock is what is tested
    void view_whoseHoldWasLost_throwsAtUnlockAndIsFreeThen() {
        Lock view = lock.asReadWriteLock().writeLock();
        view.lock();
        redis.ask("FLUSHALL");
        assertThatThrownBy(view::unlock).isInstanceOf(HoldLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
        view.lock();
        view.unlock();
    }

    @Test
    void onLost_ofAHoldThatWasClosedBefore_neverRuns() throws Exception {
        Hold outer = lock.write();
        Hold inner = lock.write();
        AtomicInteger losses = new AtomicInteger();
        CompletableFuture<Thread> told = new CompletableFuture<>();
        inner.onLost(losses::incrementAndGet);
        outer.onLost(() -> told.complete(Thread.currentThread()));
        inner.close();
        redis.ask("FLUSHALL");
        assertThat(told.get(SOON.toSeconds(), TimeUnit.SECONDS).getName()).isEqualTo("sluice-lost-book");
        assertThat(losses).hasValue(0);
        assertThatThrownBy(outer::close).isInstanceOf(HoldLostException.class);
    }

    @Test
    void hold_openLongerThanTheMaximum_isLostAndOthersGetIn() throws Exception {
        DistributedReadWriteLock limited = DistributedReadWriteLock.named("book")
                .maxHold(Duration.ofMillis(300))
                .open(client);
        Hold hold = limited.write();
        CompletableFuture<Void> lost = new CompletableFuture<>();
        hold.onLost(() -> lost.complete(null));
        long start = System.nanoTime();
        Hold next = other.write(SOON);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(200), SOON);
        lost.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThatThrownBy(hold::close)
                .isInstanceOf(HoldLostException.class)
                .hasMessageEndingWith("reason=held longer than the maximum");
        next.close();
        limited.close();
    }

    @Test
    void writeLeaseThatRanOut_showsInTheNextWriteHoldUntilItIsMarked() throws Exception {
        redis.ask("HSET", STATE, "w", "1000000000000000:dead:1:1:1:host:main");
        other.read().close();
        Hold hold = lock.write();
        assertThat(hold.previousOwnerDied()).isTrue();
        hold.markConsistent();
        assertThat(hold.previousOwnerDied()).isFalse();
        hold.close();
        redis.ask("ZADD", STATE + ":r", "1000000000000000", "dead:1:1:1:host:main");
        hold = lock.write();
        assertThat(hold.readersDied()).isTrue();
        assertThat(hold.previousOwnerDied()).isFalse();
        hold.close();
    }

    @Test
    void renewals_ofAllLocksOfAClient_areOneThreadsWork() throws Exception {
        DistributedReadWriteLock more =
                DistributedReadWriteLock.named("more").lease(LEASE).open(client);
        Hold one = lock.write();
        Set<Thread> before = leaseThreads();
        Hold two = more.write();
        assertThat(before).isNotEmpty().containsAll(leaseThreads()); // earlier clients' may still be ending
        one.close();
        two.close();
        more.close();
    }

    private static Set<Thread> leaseThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sluice-leases"))
                .collect(Collectors.toSet());
    }

    // ------------------------------------------------------------ requests

    @Test
    void uncontendedPair_isTwoCommands() {
        lock.write().close();
        lock.read().close();
        redis.ask("CONFIG", "RESETSTAT");
        for (int i = 0; i < 50; i++) {
            lock.write().close();
            lock.read().close();
        }
        String calls = redis.ask("INFO", "commandstats");
        assertThat(calls).contains("cmdstat_evalsha:calls=200,");
        assertThat(calls).doesNotContain("cmdstat_publish", "cmdstat_subscribe", "cmdstat_eval:");
    }

    @Test
    void wakeUps_betweenTheGrantAndItsReceipt_doNotUndoIt() throws Exception {
        Settings settings = new Settings("bare", "sluice", Duration.ofSeconds(10), Settings.UNLIMITED, 0, 0, LEASE);
        RemoteLock remote = new RemoteLock(client, settings);
        redis.pause();
        Acquisition request = remote.request(LockMode.WRITE, "", Acquisition.NO_LIMIT);
        for (int i = 0; i < 5; i++) {
            remote.ringWriter("");
        }
        redis.resume();
        Lease lease = request.await(false);
        for (int i = 0; i < 5; i++) {
            request.ask();
            remote.ringWriter("");
        }
        DistributedReadWriteLock bare = DistributedReadWriteLock.open(otherClient, "bare");
        for (int i = 0; i < 20; i++) {
            assertThat(bare.tryWrite()).isNull();
        }
        lease.release(LockMode.WRITE);
        assertThat(lease.isLive()).isTrue();
        bare.write().close();
        bare.close();
        remote.close();
    }

    @Test
    void request_whoseFirstAnswerComesAfterTheLockWasClosed_isRefusedAndLeavesNothing() throws Exception {
        Settings settings = new Settings("bare", "sluice", SOON.multipliedBy(6), Settings.UNLIMITED, 0, 0, LEASE);
        RemoteLock remote = new RemoteLock(client, settings);
        redis.pause();
        Acquisition request = remote.request(LockMode.READ, "", Acquisition.NO_LIMIT);
        remote.close();
        redis.resume();
        assertThatThrownBy(() -> request.await(false)).hasMessage("lock is closed: lock=bare");
        try (DistributedReadWriteLock bare = DistributedReadWriteLock.open(otherClient, "bare")) {
            bare.write(SOON).close();
        }
    }

    @Test
    void gate_afterAReleaseThatAWaitingWriterDoesNotHear_staysClosedUnlessItIsDead() {
        long now = redis.micros();
        String writer = "c:1:1:1:host:main";
        redis.ask("ZADD", STATE + ":w", String.valueOf(now), writer);
        redis.ask("HSET", STATE, "g", String.valueOf(now + SOON.toMillis() * 1000));
        lock.write().close();
        assertThat(other.tryRead()).as("it may be about to listen").isNull();
        redis.ask("ZADD", STATE + ":w", "XX", String.valueOf(now - SOON.toMillis() * 1000), writer);
        lock.write().close();
        try (Hold reading = other.tryRead()) {
            assertThat(reading).isNotNull();
        }
    }

    @Test
    void requests_givenUpWhileRedisDoesNotAnswer_leaveNothing() throws Exception {
        lock.write().close(); // Redis's clock has been seen
        redis.pause();
        CompletableFuture<Hold> cancelled = lock.writeAsync();
        CompletableFuture<Hold> late = lock.readAsync(Duration.ofMillis(50));
        assertThat(cancelled.cancel(false)).isTrue();
        assertThatThrownBy(() -> lock.write(Duration.ofMillis(50))).isInstanceOf(RedisOutcomeUnknownException.class);
        assertThatThrownBy(late::join).hasCauseInstanceOf(RedisOutcomeUnknownException.class);
        redis.resume();
        other.write(SOON).close();
        Conditions.await("nothing is left", SOON, () -> lock.parties().isEmpty());
    }

    @Test
    void ask_thatComesLate_isRefused() {
        LuaScript script = LuaScript.load("write.lua");
        String answer = redis.ask(
                "EVAL",
                script.text(),
                "5",
                STATE,
                STATE + ":r",
                STATE + ":w",
                STATE + ":a",
                STATE + ":q",
                "c:1:1:1:host:main",
                "1000000",
                "2500000",
                "0",
                "1000000000000000",
                "0");
        assertThat(answer).startsWith("2\n0\n");
        assertThat(redis.ask("KEYS", "*")).isEmpty();
    }

    @Test
    void close_inAnActionThatDependsOnTheFuture_doesNotWait() throws Exception {
        CompletableFuture<Void> closed = lock.writeAsync().thenAccept(Hold::close);
        closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
        other.write(SOON).close();
    }

    @Test
    void write_inAnActionThatDependsOnTheFuture_isRefused() throws Exception {
        redis.pause(); // until the action is there
        CompletableFuture<Hold> again = lock.readAsync().thenApply(hold -> {
            hold.close();
            return lock.write();
        });
        redis.resume();
        assertThatThrownBy(() -> again.get(SOON.toSeconds(), TimeUnit.SECONDS))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageEndingWith(
                        "must not wait in a thread that delivers answers, give the action an executor:" + " lock=book");
        other.write(SOON).close();
    }

    @Test
    void release_ofAWriterInLine_wakesTheNextWithoutMessages() throws Exception {
        Hold hold = lock.write();
        CompletableFuture<Hold> next = lock.writeAsync();
        CompletableFuture<Hold> afterNext = lock.writeAsync();
        Conditions.await("waits", SOON, () -> redis.ask("ZCARD", STATE + ":w").equals("1"));
        hold.close();
        next.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        afterNext.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        assertThat(redis.ask("ZCARD", STATE + ":w")).isEqualTo("0");
    }

    // ------------------------------------------------------------ tokens

    @Test
    void token_afterRedisForgotTheLast_isHigherStill() {
        redis.ask("HSET", STATE, "t", "4000000000000000");
        try (Hold hold = lock.write()) {
            assertThat(hold.token()).isEqualTo(4_000_000_000_000_001L);
        }
        redis.ask("FLUSHALL");
        try (Hold hold = lock.read()) {
            assertThat(hold.token()).isEqualTo(4_000_000_000_000_001L);
        }
        try (Hold hold = lock.write()) {
            assertThat(hold.token()).isEqualTo(4_000_000_000_000_002L);
        }
        try (Hold hold = other.write()) {
            assertThat(hold.token()).isEqualTo(4_000_000_000_000_003L);
        }
    }

    @Test
    void token_ofTheFirstWrite_isRedisTime() {
        long before = Long.parseLong(redis.ask("TIME").split("\n", -1)[0]);
        try (Hold hold = lock.write()) {
            assertThat(hold.token() / 1_000_000).isBetween(before, before + SOON.toSeconds());
        }
    }

    // ------------------------------------------------------------ keys

    @Test
    void keys_whenNobodyHolds_areTheStateAloneAndExpire() throws Exception {
        DistributedReadWriteLock own =
                DistributedReadWriteLock.named("book").keyPrefix("mine").open(client);
        Hold hold = own.write();
        CompletableFuture<Hold> reading = own.readAsync();
        CompletableFuture<Hold> writing = own.writeAsync();
        Conditions.await("wait", SOON, () -> own.parties().size() == 3);
        hold.close();
        writing.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        reading.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        assertThat(redis.ask("KEYS", "*")).isEqualTo("{mine:book}");
        assertThat(redis.ask("HKEYS", "{mine:book}")).isEqualTo("t");
        assertThat(Long.parseLong(redis.ask("TTL", "{mine:book}"))).isBetween(86_000L, 86_400L);
        own.close();
    }

    // ------------------------------------------------------------ failures

    @Test
    void write_withFewerReplicasThanAskedFor_failsAndIsGivenBack() throws Exception {
        try (RedisGroup group = RedisGroup.replicated()) {
            RedissonClient toGroup = RedisClients.single(group.node(0).address());
            try {
                DistributedReadWriteLock one = DistributedReadWriteLock.named("book")
                        .replicas(1, Duration.ofSeconds(2))
                        .open(toGroup);
                DistributedReadWriteLock two = DistributedReadWriteLock.named("book")
                        .replicas(2, Duration.ofMillis(100))
                        .open(toGroup);
                Hold hold = one.write();
                assertThat(group.node(1).ask("HGET", STATE, "w"))
                        .isEqualTo(group.node(0).ask("HGET", STATE, "w"));
                assertThat(two.tryWrite()).isNull();
                hold.close();
                assertThatThrownBy(two::tryWrite)
                        .isInstanceOf(RedisUnavailableException.class)
                        .hasMessage("too few replicas have confirmed: lock=book, address="
                                + group.node(0).address() + ", wanted=2, confirmed=1");
                one.write(SOON).close();
                one.close();
                two.close();
            } finally {
                toGroup.shutdown();
            }
        }
    }

    @Test
    void calls_onAClientThatIsShutDown_sayItIsUnavailable() {
        RedissonClient ended = RedisClients.single(redis.address());
        DistributedReadWriteLock onIt = DistributedReadWriteLock.open(ended, "book");
        onIt.write().close();
        ended.shutdown();
        for (Runnable call : List.<Runnable>of(onIt::write, onIt::tryRead, onIt::describe)) {
            assertThatThrownBy(call::run)
                    .isInstanceOf(RedisUnavailableException.class)
                    .hasMessageStartingWith("the client is shut down: lock=book, address=" + redis.address());
        }
        assertThatThrownBy(() -> onIt.writeAsync().join()).hasCauseInstanceOf(RedisUnavailableException.class);
        onIt.close();
    }

    @Test
    void write_afterThePasswordChanged_saysItIsRefused() throws Exception {
        try (RedisConnection admin = redis.connect()) {
            admin.ask("CONFIG", "SET", "requirepass", "secret");
            try {
                admin.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
                Conditions.await("is refused", SOON, () -> {
                    try {
                        lock.write(LEASE).close();
                        return false;
                    } catch (RedisAccessException e) {
                        assertThat(e)
                                .hasMessageStartingWith(
                                        "Redis refuses the client: lock=book, address=" + redis.address());
                        return true;
                    } catch (RedisLockException e) { // connections that were cut are tried first
                        return false;
                    }
                });
            } finally {
                admin.ask("CONFIG", "SET", "requirepass", "");
            }
        }
    }

    @Test
    void release_whenTheMemoryIsFull_isDone() throws Exception {
        Hold hold = lock.write();
        String held = redis.ask("HGET", STATE, "w");
        CompletableFuture<Hold> waiting = other.writeAsync();
        Conditions.await("waits", SOON, () -> redis.ask("ZCARD", STATE + ":w").equals("1"));
        redis.ask("CONFIG", "SET", "maxmemory", "1");
        try {
            hold.close();
            assertThat(redis.ask("HGET", STATE, "w")).doesNotEndWith(held.substring(held.indexOf(':')));
        } finally {
            redis.ask("CONFIG", "SET", "maxmemory", "0");
        }
        waiting.handle((next, failure) -> next).get(SOON.toSeconds(), TimeUnit.SECONDS);
        waiting.thenAccept(Hold::close).handle((nothing, failure) -> "over").get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    // ------------------------------------------------------------ the client, looking, building

    @Test
    void close_leavesTheClientOpen() {
        lock.write().close();
        lock.close();
        client.getBucket("a", StringCodec.INSTANCE).set("1");
        assertThat(redis.ask("GET", "a")).isEqualTo("1");
    }

    @Test
    void describe_tellsHostThreadAgeLeaseAndToken() throws Exception {
        Hold hold = lock.write();
        CompletableFuture<Hold> waiting = other.readAsync();
        Conditions.await("waits", SOON, () -> lock.parties().size() == 2);
        assertThat(lock.describe())
                .matches("lock: name=book, address=" + redis.address() + ", lease=1000ms, token=" + hold.token()
                        + "\n  holds WRITE: host=\\S+ pid="
                        + ProcessHandle.current().pid() + ", thread="
                        + Thread.currentThread().getName()
                        + ", blocking=\\d+us, age=\\d+us, leaseLeft=\\d+ms"
                        + "\n  waits for READ: host=\\S+ pid=\\d+, thread=, waiting=\\d+us, age=\\d+us\n");
        List<LockParty> parties = lock.parties();
        assertThat(parties.get(0).holds()).isTrue();
        assertThat(parties.get(0).age()).isEqualTo(parties.get(1).age());
        hold.close();
        waiting.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
    }

    @Test
    void builder_refusesWhatCannotBe() {
        AtomicReference<DistributedReadWriteLock.Builder> builder =
                new AtomicReference<>(DistributedReadWriteLock.named("book"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DistributedReadWriteLock.named("a{b"))
                .withMessage("must not be empty nor hold a brace: lock=a{b");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get().keyPrefix(""))
                .withMessage("must not be empty nor hold a brace: keyPrefix=");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get().lease(Duration.ofMillis(999)))
                .withMessage("lease must be 1 s to 1 h: lock=book, lease=PT0.999S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get().maxHold(Duration.ZERO))
                .withMessage("must be positive: lock=book, maxHold=PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get().readersAfter(-1))
                .withMessage("must not be negative: lock=book, readersAfter=-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.get().replicas(1, Duration.ZERO))
                .withMessage("must not be negative, nor the time-out zero: lock=book, replicas=1, timeout=PT0S");
    }
}
