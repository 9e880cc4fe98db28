package io.sluice.dist;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.OptionalOptions;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.codec.ByteArrayCodec;

/**
 * A {@link FencedResource} that is a hash in Redis. A script compares the token and writes in one step; for a resource of
 * another shape, put the same lines at the head of your own script (PROTOCOL.md, which also shows it in SQL).
 *
 * <p>The highest token is as durable as the value beside it: what Redis forgets, by a restart or a failover before
 * replication, it forgets of both.
 *
 * <p>Each call is one command, asked once and not again. If it fails with an {@link
 * org.redisson.client.RedisException} for a lost connection or a time-out, the write may have been done or not; doing it
 * again under the same hold is safe.
 */
public final class RedisFencedResource implements FencedResource {
    private static final LuaScript WRITE = LuaScript.load("fenced-write.lua");
    private static final LuaScript READ = LuaScript.load("fenced-read.lua");
    private static final String TOKEN = "token";
    private static final String VALUE = "value";
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final String key;
    private final RScript script;
    private volatile boolean closed;

    private RedisFencedResource(RedissonClient client, String key) {
        this.key = key;
        this.script = client.getScript(OptionalOptions.defaults()
                .codec(ByteArrayCodec.INSTANCE)
                .retryAttempts(0)
                .timeout(TIMEOUT));
    }

    /**
     * The resource at {@code key}, which is empty if the key does not exist. The client stays the caller's.
     *
     * @throws IllegalArgumentException if the key is empty
     */
    public static RedisFencedResource open(RedissonClient client, String key) {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("key must not be empty: key=" + key);
        }
        return new RedisFencedResource(client, key);
    }

    @Override
    public String name() {
        return key;
    }

    @Override
    public void write(long token, byte[] value) {
        show(token, ascii(Tokens.check(key, token)), value);
    }

    @Override
    public void fence(long token) {
        show(token, ascii(Tokens.check(key, token)));
    }

    private void show(long token, Object... arguments) {
        long highest = (Long) Objects.requireNonNull(run(WRITE, RScript.ReturnType.LONG, arguments));
        if (highest > token) {
            throw new StaleTokenException(key, token, highest);
        }
    }

    private static byte[] ascii(Object value) {
        return String.valueOf(value).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] read() {
        byte[] value = field(VALUE);
        return value == null ? new byte[0] : value;
    }

    @Override
    public long token() {
        byte[] token = field(TOKEN);
        return token == null ? 0 : Long.parseLong(new String(token, StandardCharsets.US_ASCII));
    }

    private byte @Nullable [] field(String name) {
        return (byte[]) run(READ, RScript.ReturnType.VALUE, ascii(name));
    }

    private @Nullable Object run(LuaScript which, RScript.ReturnType type, Object... arguments) {
        if (closed) {
            throw new IllegalStateException("resource is closed: resource=" + key);
        }
        List<Object> keys = List.of(key);
        try {
            return script.evalSha(RScript.Mode.READ_WRITE, which.sha(), type, keys, arguments);
        } catch (RedisNoScriptException unknownThere) {
            return script.eval(RScript.Mode.READ_WRITE, which.text(), type, keys, arguments);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "RedisFencedResource: resource=" + key;
    }
}
