package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockLayoutTest {
    @Test
    void specification_holdsTheLayoutAsDeclared() throws IOException {
        assertThat(Files.readString(Path.of("PROTOCOL.md"))).contains(LockLayout.LAYOUT.diagram());
    }

    @Test
    void layout_wordsOfDifferentWriters_areOnDifferentLines() {
        assertThat(List.of(LockLayout.WRITERS, LockLayout.OWNER_BLOCKING, LockLayout.GATE, LockLayout.SLOTS_HIGH))
                .allMatch(offset -> offset % LockLayout.LINE == 0)
                .doesNotHaveDuplicates();
        assertThat(LockLayout.OWNER
                        / 64) // a writer changes both, and no reader of one is spared by the other's being away
                .isEqualTo(LockLayout.WRITERS / 64);
        assertThat(LockLayout.USER % LockLayout.LINE).isZero();
        assertThat(LockLayout.LANE_OWNER % LockLayout.LINE).isZero();
    }

    @Test
    void layout_ofTheDefaultNumberOfLanes_fitsInto64KiB() {
        assertThat(LockLayout.fileLength(MappedReadWriteLock.DEFAULT_LANES)).isLessThanOrEqualTo(64 * 1024);
    }

    @Test
    void lastLane_isInsideTheFile() {
        int last = LockLayout.SLOTS + MappedReadWriteLock.MAX_LANES - 1;
        assertThat(LockLayout.lane(last, LockLayout.LANE_NAME) + LockLayout.NAME_BYTES)
                .isLessThanOrEqualTo((int) LockLayout.fileLength(MappedReadWriteLock.MAX_LANES));
    }
}
