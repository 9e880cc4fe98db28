package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.memory.Fences;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Steps B1 to B7 one by one; RingExplorerTest has them interleaved and cut short. */
class TailBiasTest {
    private static final int ENTRY = 3;
    private static final int WORD = ChannelLayout.producer(ENTRY, ChannelLayout.BIAS);
    private static final int END = ChannelLayout.producer(ENTRY, ChannelLayout.BIAS_END);

    private final UnsafeBuffer words = new UnsafeBuffer(ByteBuffer.allocateDirect(ChannelLayout.LAYOUT.size()));
    private final TailBias tail = new TailBias(new HotMemory(words), Fences.of(Fences.supported()));
    private final TailBias.Owner owner = tail.owner(ENTRY);

    private long tailWord() {
        return words.getLong(ChannelLayout.TAIL);
    }

    @Test
    void take_tailHasMoved_nothing() {
        words.putLong(ChannelLayout.TAIL, 32);
        assertThat(owner.take(0, 48)).isZero();
        assertThat(tailWord()).isEqualTo(32);
    }

    @Test
    void take_farthestEnd_isNotTakenForAnotherEntrys() {
        assertThat(TailBias.canStart(1L << 60)).isFalse();
        long to = (1L << 60) - 16;
        assertThat(TailBias.canStart(to)).isTrue();
        long bias = owner.take(0, to);
        assertThat(TailBias.entry(bias)).isEqualTo(ENTRY);
        assertThat(tail.revoke(bias)).isEqualTo(to);
    }

    @Test
    void revoke_afterClaims_tailIsWhereTheLastOneEnds() {
        long bias = owner.take(0, 48);
        assertThat(TailBias.isBias(tailWord())).isTrue();
        assertThat(TailBias.entry(tailWord())).isEqualTo(ENTRY);
        assertThat(owner.claim(bias, 96)).isTrue();
        assertThat(tail.reached(bias)).isEqualTo(96);
        assertThat(tail.revoke(bias)).isEqualTo(96);
        assertThat(tailWord()).isEqualTo(96);
    }

    @Test
    void claim_whenRevoked_doesNotCount() {
        long bias = owner.take(0, 48);
        tail.revoke(bias);
        assertThat(owner.claim(bias, 96)).isFalse();
        assertThat(tail.revoke(bias)).as("what was decided").isEqualTo(48);
        assertThat(tailWord()).isEqualTo(48);
    }

    @Test
    void claim_whileItIsBeingRevoked_countsIfItsOwnerDecides() {
        long bias = owner.take(0, 48);
        words.putLong(WORD, bias | 1L << 62); // B4, and the revoker is stopped
        assertThat(owner.claim(bias, 96)).isFalse();
        assertThat(tail.revoke(bias)).isEqualTo(96);
        assertThat(tailWord()).isEqualTo(96);
    }

    @Test
    void revoke_byTheNextOneAfterOneWasKilledBeforeTheTail_keepsWhatWasDecided() {
        long bias = owner.take(0, 48);
        words.putLong(WORD, 48); // B6, and the revoker is killed
        words.putLong(END, 96); // B2, and the owner is killed
        assertThat(tail.reached(bias)).isEqualTo(48);
        assertThat(tail.revoke(bias)).isEqualTo(48);
        assertThat(tailWord()).isEqualTo(48);
    }

    @Test
    void revoke_late_doesNotTouchTheNextBias() {
        long bias = owner.take(0, 48);
        tail.revoke(bias);
        long next = owner.take(48, 96);
        assertThat(tail.revoke(bias)).isNegative();
        assertThat(tailWord()).isEqualTo(next);
        assertThat(owner.isWhole(next)).isTrue();
    }

    @Test
    void revoke_endBeforeItsBeginning_nothing() {
        long bias = owner.take(0, 48);
        words.putLong(END, 32);
        assertThat(tail.revoke(bias)).isNegative();
        assertThat(tailWord()).isEqualTo(bias);
    }
}
