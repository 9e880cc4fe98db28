package io.sluice.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.LongCodec;

/** One call of a script that does nothing, in place of locking and unlocking: a limit. Excludes nobody. */
final class ScriptCall implements LockAccess {
    private static final List<Object> KEYS = List.of("measured");

    private final RScript script;
    private final String sha;

    ScriptCall(RedissonClient client) {
        script = client.getScript(LongCodec.INSTANCE);
        sha = script.scriptLoad(text());
    }

    private static String text() {
        try (InputStream in = Objects.requireNonNull(ScriptCall.class.getResourceAsStream("nothing.lua"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long lockRead() {
        return script.<Long>evalSha(RScript.Mode.READ_WRITE, sha, RScript.ReturnType.LONG, KEYS);
    }

    @Override
    public void unlockRead(long stamp) {
        // the call was all
    }

    @Override
    public long lockWrite() {
        return lockRead();
    }

    @Override
    public void unlockWrite(long stamp) {
        // the call was all
    }
}
