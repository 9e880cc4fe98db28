package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.Conditions;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.redisson.api.RTopic;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/** The servers, groups and proxies that the other tests stand on do what they say. */
class RedisFixtureTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @Test
    void startAgain_afterKill_isEmptyOnTheSamePort() throws Exception {
        try (RedisNode node = RedisNode.start()) {
            long first = node.pid();
            node.ask("SET", "a", "1");
            node.kill();
            assertThat(ProcessHandle.of(first).map(ProcessHandle::isAlive)).isNotEqualTo(Optional.of(true));
            node.startAgain();
            assertThat(node.ask("GET", "a")).isEqualTo("nil");
            assertThat(node.ask("INFO", "server")).contains("redis_version:7.", "tcp_port:" + node.port());
        }
    }

    @Test
    void sentinel_whenThePrimaryDies_promotesTheReplica() throws Exception {
        try (RedisGroup group = RedisGroup.withSentinel()) {
            RedissonClient client = RedisClients.sentinel(group.node(2));
            try {
                client.getBucket("a", StringCodec.INSTANCE).set("1");
                assertThat(group.node(0).ask("WAIT", "1", "1000")).isEqualTo("1");
                group.node(0).kill();
                Conditions.await("promoted", LIMIT, () -> group.node(1).isPrimary());
                assertThat(group.node(1).ask("GET", "a")).isEqualTo("1");
            } finally {
                client.shutdown();
            }
        }
    }

    @Test
    void cluster_ofThree_servesAllSlots() throws Exception {
        try (RedisGroup group = RedisGroup.cluster()) {
            RedissonClient client = RedisClients.cluster(group);
            try {
                for (int i = 0; i < 20; i++) {
                    client.getBucket("a" + i, StringCodec.INSTANCE).set("1");
                }
                long kept = 0;
                for (int i = 0; i < 3; i++) {
                    long here = Long.parseLong(group.node(i).ask("DBSIZE"));
                    assertThat(here).as("keys of node %d", i).isPositive();
                    kept += here;
                }
                assertThat(kept).isEqualTo(20);
            } finally {
                client.shutdown();
            }
        }
    }

    @Test
    void cutAt_beforeRequest_theServerNeverHears() throws Exception {
        try (RedisNode node = RedisNode.start();
                CutProxy proxy = CutProxy.to(node);
                RedisConnection connection = proxy.connect()) {
            proxy.cutAt("INCR", CutProxy.Cut.BEFORE_REQUEST);
            assertThat(connection.ask("SET", "a", "1")).isEqualTo("OK");
            assertThat(cutOff(connection)).isTrue();
            assertThat(node.ask("GET", "a")).isEqualTo("1");
            assertThat(proxy.cuts()).isEqualTo(1);
        }
    }

    @Test
    void cutAt_beforeAnswer_theServerHasDoneIt() throws Exception {
        try (RedisNode node = RedisNode.start();
                CutProxy proxy = CutProxy.to(node);
                RedisConnection connection = proxy.connect()) {
            proxy.cutAt("INCR", CutProxy.Cut.BEFORE_ANSWER);
            assertThat(connection.ask("SET", "a", "1")).isEqualTo("OK");
            assertThat(cutOff(connection)).isTrue();
            assertThat(node.ask("GET", "a")).isEqualTo("2");
        }
    }

    private static boolean cutOff(RedisConnection connection) {
        try {
            connection.ask("INCR", "a");
            return false;
        } catch (IOException cut) {
            return true;
        }
    }

    @Test
    void dropMessages_whileOn_listenersHearNothing() throws Exception {
        try (RedisNode node = RedisNode.start();
                CutProxy proxy = CutProxy.to(node)) {
            RedissonClient client = RedisClients.single(proxy.address());
            try {
                AtomicInteger heard = new AtomicInteger();
                RTopic topic = client.getTopic("t", StringCodec.INSTANCE);
                topic.addListener(String.class, (channel, message) -> heard.incrementAndGet());
                proxy.dropMessages(true);
                assertThat(node.ask("PUBLISH", "t", "x")).isEqualTo("1");
                Conditions.await("dropped", LIMIT, () -> proxy.dropped() == 1);
                proxy.dropMessages(false);
                node.ask("PUBLISH", "t", "y");
                Conditions.await("heard", LIMIT, () -> heard.get() == 1);
            } finally {
                client.shutdown();
            }
        }
    }

    @Test
    void cutAll_refusing_letsNobodyIn() throws Exception {
        try (RedisNode node = RedisNode.start();
                CutProxy proxy = CutProxy.to(node);
                RedisConnection before = proxy.connect()) {
            assertThat(before.ask("PING")).isEqualTo("PONG");
            proxy.cutAll(true);
            assertThat(cutOff(before)).isTrue();
            try (RedisConnection during = proxy.connect()) {
                assertThat(cutOff(during)).isTrue();
            }
            proxy.cutAll(false);
            try (RedisConnection after = proxy.connect()) {
                assertThat(after.ask("PING")).isEqualTo("PONG");
            }
        }
    }
}
