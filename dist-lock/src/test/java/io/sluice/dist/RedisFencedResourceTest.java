package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

class RedisFencedResourceTest extends FencedResourceContract {
    private static RedisNode redis;
    private static RedissonClient client;

    @BeforeAll
    static void start() throws Exception {
        redis = RedisNode.start();
        client = RedisClients.single(redis.address());
    }

    @AfterAll
    static void stop() throws Exception {
        client.shutdown();
        redis.close();
    }

    @Override
    void prepare() {
        redis.ask("FLUSHALL");
    }

    @Override
    FencedResource open(String name) {
        return RedisFencedResource.open(client, name);
    }

    @Test
    void write_afterTheScriptWasForgotten_isDone() {
        try (FencedResource resource = open("book")) {
            resource.write(1, bytes("one"));
            redis.ask("SCRIPT", "FLUSH");
            resource.write(2, bytes("two"));
            assertThat(resource.read()).isEqualTo(bytes("two"));
        }
        assertThat(redis.ask("HGET", "book", "token")).isEqualTo("2");
        assertThat(redis.ask("HGET", "book", "value")).isEqualTo("two");
    }

    @Test
    void write_isOneCommand() {
        try (FencedResource resource = open("book")) {
            resource.write(1, bytes("one"));
            long before = redis.calls("evalsha") + redis.calls("eval");
            resource.write(2, bytes("two"));
            assertThat(redis.calls("evalsha") + redis.calls("eval") - before).isEqualTo(1);
        }
    }
}
