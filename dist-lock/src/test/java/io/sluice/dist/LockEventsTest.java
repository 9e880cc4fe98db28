package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.rwlock.Hold;
import io.sluice.rwlock.LockTimeoutException;
import io.sluice.shm.testing.Conditions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.redisson.api.RedissonClient;

/** What Flight Recorder is told of locks in Redis: the same events as of the locks of one host, and losses. */
class LockEventsTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final String CONTENDED = "io.sluice.LockContended";
    private static final String LONG_HOLD = "io.sluice.LockLongHold";
    private static final String LOST = "io.sluice.LockLost";

    @Test
    void recording_whatItEnables_tellsContentionLongHoldsAndLosses() throws Exception {
        try (RedisNode redis = RedisNode.start()) {
            RedissonClient client = RedisClients.single(redis.address());
            try (DistributedReadWriteLock lock = DistributedReadWriteLock.open(client, "book");
                    Recording recording = new Recording()) {
                happen(redis, lock); // nothing is enabled
                recording.enable(CONTENDED);
                recording.enable(LONG_HOLD);
                recording.enable(LOST);
                recording.start();
                happen(redis, lock);
                recording.stop();
                List<RecordedEvent> events = events(recording);
                assertThat(events).allMatch(event -> event.getString("lock").equals("book"));
                assertThat(events.stream()
                                .map(event -> event.getEventType().getName() + " " + detail(event))
                                .sorted())
                        .containsExactly(
                                CONTENDED + " READ timed_out",
                                CONTENDED + " WRITE acquired",
                                LONG_HOLD + " ",
                                LOST + " READ Redis had it no more when it was released");
            } finally {
                client.shutdown();
            }
        }
    }

    private static void happen(RedisNode redis, DistributedReadWriteLock lock) throws Exception {
        Hold hold = lock.write();
        CompletableFuture<Hold> next = lock.writeAsync();
        assertThatThrownBy(() -> lock.readAsync(Duration.ofMillis(30)).join())
                .hasCauseInstanceOf(LockTimeoutException.class);
        hold.close(); // 30 ms is long
        next.get(SOON.toSeconds(), TimeUnit.SECONDS).close();
        Hold forgotten = lock.read();
        redis.ask("FLUSHALL");
        assertThatThrownBy(forgotten::close).isInstanceOf(HoldLostException.class);
        Conditions.await("nothing is left", SOON, () -> lock.parties().isEmpty());
    }

    private static String detail(RecordedEvent event) {
        if (event.hasField("outcome")) {
            return event.getString("mode") + " " + event.getString("outcome");
        }
        return event.hasField("reason") ? event.getString("mode") + " " + event.getString("reason") : "";
    }

    private static List<RecordedEvent> events(Recording recording) throws Exception {
        Path file = Files.createTempFile("sluice-", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file);
        } finally {
            Files.delete(file);
        }
    }
}
