package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a subscription waits behind a stream; that it pays, benchmarks show. */
class StreamPaceTest {
    private static final int CAPACITY = 1 << 17;

    private static final int DISTANCE = 8192;

    private static final int SHORT = 32;

    /** Looks, nanoseconds. */
    private static final long NEAR = 60;

    private static final long FAR = 140;

    private TemporaryDomain directory;
    private Domain domain;
    private Channel channel;
    private Publication out;
    private Subscription in;
    private StreamPace pace;

    @BeforeEach
    void open() throws IOException {
        directory = new TemporaryDomain();
        domain = directory.open();
        channel = Channel.named("orders").capacity(CAPACITY).open(domain);
        out = channel.publish();
        in = channel.subscribe();
        pace = new StreamPace(out.ring);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        domain.close();
        directory.close();
    }

    private void publishUpTo(long position, int length) {
        while (out.position() < position) {
            assertThat(out.claim(length)).isPositive();
            out.commit();
        }
    }

    private void drain() {
        while (in.poll((buffer, offset, length, header) -> {}, 64) > 0) {}
    }

    private void bringFarAway() {
        for (int i = 0; i < 16; i++) {
            pace.looked(true, FAR);
        }
        assertThat(pace.isFar()).isTrue();
    }

    private void streamInShortFrames() {
        pace.polled(64, 64L * Publication.stride(SHORT));
    }

    @Test
    void polled_fewMessages_noStream() {
        pace.polled(3, 3 * 64);
        assertThat(pace.isStreaming()).isFalse();
        pace.polled(4, 4 * 64);
        assertThat(pace.isStreaming()).isTrue();
        pace.polled(0, 0);
        assertThat(pace.isStreaming()).isFalse();
    }

    @Test
    void keepBehind_caughtUp_waitsTwiceAsLongEachTimeUpTo5us() {
        streamInShortFrames();
        long start = System.nanoTime();
        for (int i = 0; i < 1_005; i++) {
            assertThat(pace.keepBehind(0)).isTrue();
        }
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200 + 400 + 800 + 1_600 + 3_200 + 1_000 * 5_000);
    }

    @Test
    void keepBehind_near_doesNotWaitForMore() {
        streamInShortFrames();
        publishUpTo(64, SHORT);
        assertThat(pace.keepBehind(0)).isFalse();
    }

    @Test
    void keepBehind_far_waitsUntilTheStreamIsAhead() {
        streamInShortFrames();
        bringFarAway();
        publishUpTo(DISTANCE, SHORT);
        assertThat(pace.keepBehind(0)).as("one frame is missing").isTrue();
        publishUpTo(DISTANCE + 64, SHORT);
        assertThat(pace.keepBehind(0)).isFalse();
    }

    @Test
    void keepBehind_farAndFramesBeginAnywhere_seesThem() {
        streamInShortFrames();
        bringFarAway();
        for (int from = 0; from < 64; from += Publication.stride(0)) {
            publishUpTo(out.position() + DISTANCE + 64, SHORT);
            assertThat(pace.keepBehind(out.position() - DISTANCE - 64)).isFalse();
            publishUpTo(out.position() + 1, 0); // and the frames begin a bit further in their lines
            drain();
        }
    }

    @Test
    void keepBehind_farAndLongFrames_doesNotWaitForMore() {
        int length = 100;
        pace.polled(64, 64L * Publication.stride(length));
        bringFarAway();
        publishUpTo(Publication.stride(length), length);
        assertThat(pace.keepBehind(0)).isFalse();
    }

    /** Behind a slow stream the reader is in nobody's way. */
    @Test
    void keepBehind_farAndNothingFollows_waitsOnce() {
        streamInShortFrames();
        bringFarAway();
        publishUpTo(64, SHORT);
        assertThat(pace.keepBehind(0)).isTrue();
        assertThat(pace.keepBehind(0)).isFalse();
        pace.looked(true, FAR);
        assertThat(pace.isFar()).as("one look that is far").isTrue();
    }

    @Test
    void looked_oneInterrupt_staysNear() {
        for (int i = 0; i < 64; i++) {
            pace.looked(true, NEAR);
        }
        assertThat(pace.isFar()).isFalse();
        pace.looked(true, 1_000_000);
        assertThat(pace.isFar()).isFalse();
    }

    @Test
    void keepBehind_smallRing_waitsForAnEighth() throws IOException {
        try (Channel small = Channel.named("small").capacity(1 << 14).open(domain)) {
            Publication fast = small.publish();
            StreamPace close = new StreamPace(fast.ring);
            close.polled(64, 64L * Publication.stride(SHORT));
            for (int i = 0; i < 16; i++) {
                close.looked(true, FAR);
            }
            while (fast.position() < (1 << 11) + 64) {
                assertThat(fast.claim(SHORT)).isPositive();
                fast.commit();
            }
            assertThat(close.keepBehind(0)).isFalse();
            assertThat(close.keepBehind(64)).as("an eighth further is nothing").isTrue();
        }
    }

    /** A publication that is fast would fill it twice in 5 us. The shortest of many: the machine may be busy. */
    @Test
    void keepBehind_smallRingCaughtUp_waitsOneNanosecondFor16Bytes() throws IOException {
        int capacity = 1 << 14;
        int waits = 100;
        try (Channel small = Channel.named("small").capacity(capacity).open(domain)) {
            StreamPace close = new StreamPace(small.publish().ring);
            close.polled(64, 64L * Publication.stride(SHORT));
            long shortest = Long.MAX_VALUE;
            for (int i = 0; i < 100; i++) {
                long start = System.nanoTime();
                for (int wait = 0; wait < waits; wait++) {
                    assertThat(close.keepBehind(0)).isTrue();
                }
                shortest = Math.min(shortest, System.nanoTime() - start);
            }
            assertThat(shortest).isBetween(waits * capacity / 16L, waits * 4_000L);
        }
    }
}
