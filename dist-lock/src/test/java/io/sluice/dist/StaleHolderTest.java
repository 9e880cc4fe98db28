package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A holder that slept beyond its lease wakes up between its last check and its write. Three processes and Redis. */
@Tag("kill")
class StaleHolderTest {
    private static final Duration LEASE = Duration.ofSeconds(1);
    private static final int TRIES = Stress.choose(20, 200);

    @Test
    @Timeout(900)
    void write_afterAPauseBeyondTheLease_isRefusedByTheResourceAndOnlyByIt() throws Exception {
        try (RedisNode redis = RedisNode.start();
                TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open();
                FencedResource mapped = MappedFencedResource.open(domain, LockProcess.FENCED, LockProcess.CAPACITY);
                LockProcess sleeper = LockProcess.start(redis.address(), LEASE, directory.path());
                LockProcess heir = LockProcess.start(redis.address(), LEASE, directory.path())) {
            for (int i = 0; i < TRIES; i++) {
                String stale = sleeper.ask("write");
                assertThat(sleeper.ask("put")).isEqualTo("done done");
                assertThat(sleeper.ask("isValid")).isEqualTo("true");
                sleeper.stop();
                sleeper.begin("put"); // it has looked, and is going to write
                String token = heir.ask("write");
                assertThat(Long.parseLong(token)).isGreaterThan(Long.parseLong(stale));
                assertThat(heir.ask("put")).isEqualTo("done done");
                sleeper.resume();
                assertThat(sleeper.answer()).as("try %d", i).isEqualTo("stale stale");

                assertThat(new String(mapped.read(), StandardCharsets.UTF_8)).isEqualTo(token);
                assertThat(redis.ask("HGET", LockProcess.FENCED, "value")).isEqualTo(token);
                // The control: nothing but the resource's check has kept the stale value out.
                assertThat(redis.ask("GET", LockProcess.UNFENCED)).isEqualTo(stale);

                assertThat(sleeper.ask("isValid")).isEqualTo("false");
                String losses = String.valueOf(i + 1); // once each
                Conditions.await("onLost", LEASE, () -> sleeper.ask("losses").equals(losses));
                assertThat(sleeper.ask("close"))
                        .contains("HoldLostException: hold is lost: lock=book, mode=WRITE, token=" + stale);
                assertThat(heir.ask("isValid")).isEqualTo("true");
                assertThat(heir.ask("close")).isEqualTo("closed");
            }
        }
    }
}
