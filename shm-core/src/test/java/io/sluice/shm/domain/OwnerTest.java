package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnerTest {
    private static final long LAST_INCARNATION = (1L << 48) - 1;

    @Test
    void word_everySlot_givesSlotAndIncarnationBack() {
        for (int slot = 0; slot < Participants.MAX; slot++) {
            for (long incarnation : new long[] {1, 2, 12345, LAST_INCARNATION}) {
                long word = Owner.word(slot, incarnation);

                assertThat(Owner.slot(word)).isEqualTo(slot);
                assertThat(Owner.incarnation(word)).isEqualTo(incarnation);
                assertThat(word & Owner.MASK).isEqualTo(word).isPositive();
            }
        }
    }

    @Test
    void slot_bitsOfWhoeverStoresTheWord_doNotCount() {
        long word = Owner.word(62, 7) | 1L << 55 | 1L << 63;

        assertThat(Owner.slot(word)).isEqualTo(62);
        assertThat(Owner.incarnation(word)).isEqualTo(7);
    }

    @Test
    void slot_nobody_isMinusOne() {
        assertThat(Owner.slot(Owner.NOBODY)).isEqualTo(-1);
        assertThat(Owner.toString(Owner.NOBODY)).isEqualTo("nobody");
    }

    @Test
    void toString_word_namesSlotAndIncarnation() {
        assertThat(Owner.toString(Owner.word(3, 9))).isEqualTo("slot=3, incarnation=9");
    }
}
