package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims that the guard ends with an exception. */
class FailingClaimTest {
    private final OpenGuard guard = new OpenGuard();
    private TemporaryDomain directory;
    private Domain domain;
    private Channel channel;
    private Publication out;

    @BeforeEach
    void open() throws IOException {
        directory = new TemporaryDomain();
        domain = directory.open();
        channel = Channel.named("orders").capacity(1 << 16).guard(guard).open(domain);
        out = channel.publish();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        domain.close();
        directory.close();
    }

    @Test
    void claim_withoutAndWithABiasWhereTheGuardIsClosed_isNotOpen() {
        for (int claims = 0; claims <= 100; claims += 100) {
            for (int i = 0; i < claims; i++) {
                assertThat(out.claim(8)).isPositive();
                out.commit();
            }
            guard.closed = true;
            assertThatThrownBy(() -> out.claim(8)).hasMessage("guard is closed");
            assertThatThrownBy(() -> out.claimBatch(2, 8)).hasMessage("guard is closed");
            assertThatThrownBy(out::abort).hasMessageStartingWith("no claim is open");
            guard.closed = false;
        }
        assertThat(channel.describe()).contains("keeps the tail");
        assertThat(out.claim(8)).isEqualTo(100 * 32 + Frame.HEADER);
        out.commit();
        out.close();
        assertThat(channel.describe()).doesNotContain("publisher:").contains("tail=" + 101 * 32);
    }

    /** What is committed is behind the publication, whatever happens next. */
    @Test
    void finish_leavesTheGuardWithAnException_claimIsOverAndDelivered() {
        Subscription in = channel.subscribe();
        guard.exitFails = true;
        assertThat(out.claim(8)).isPositive();
        assertThatThrownBy(out::commit).hasMessage("exit failed");
        assertThat(out.position()).isEqualTo(Publication.stride(8));
        assertThat(out.claim(8)).isPositive();
        assertThatThrownBy(out::abort).hasMessage("exit failed");
        assertThat(out.position()).isEqualTo(2L * Publication.stride(8));
        guard.exitFails = false;
        assertThatThrownBy(out::commit).hasMessageStartingWith("no claim is open");
        assertThat(out.claim(8)).isPositive();
        out.commit();
        assertThat(in.poll((buffer, offset, length, header) -> {}, 64)).isEqualTo(2);
        assertThat(in.position()).isEqualTo(out.position());
        out.close();
        assertThat(in.poll((buffer, offset, length, header) -> {}, 64)).isEqualTo(Subscription.END_OF_STREAM);
    }
}
