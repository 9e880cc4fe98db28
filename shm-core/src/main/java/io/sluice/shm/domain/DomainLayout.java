package io.sluice.shm.domain;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;

/** The domain's file: settings, the table of participants, the pool of bells. */
final class DomainLayout {
    static final int PARTICIPANTS = 63;
    static final int PARTICIPANT_BYTES = 256;
    static final int NAME_BYTES = 128;

    static final int BELLS = 4096;
    static final int BELL_BYTES = Layout.LINE;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("domain"));

    static final int WAIT_KIND = FIELDS.int32("waitKind", "0 parking, 1 futex; written by the creator");
    static final int FENCE_KIND = FIELDS.int32("fenceKind", "0 full, 1 light; written by the creator");

    static {
        FIELDS.table(PARTICIPANTS, PARTICIPANT_BYTES);
    }

    static final int INCARNATION = FIELDS.int64("incarnation", "of the slot's latest user; release, last of the entry");
    static final int PID = FIELDS.int64("pid", "for people");
    static final int PID_NAMESPACE = FIELDS.int64("pidNamespace", "inode of the namespace in which pid counts");
    static final int START_TIME = FIELDS.int64("startTime", "clock ticks since boot, for people");
    static final int NAME_LENGTH = FIELDS.int32("nameLength", "bytes");
    static final int NAME = FIELDS.bytes("name", NAME_BYTES, "UTF-8, for people");

    static {
        FIELDS.endTable().table(BELLS, BELL_BYTES);
    }

    static final int BELL_OWNER = FIELDS.int64("bellOwner", "owner word of the leasing participant; 0 free; CAS");
    static final int BELL_SEQUENCE = FIELDS.int32("bellSequence", "raised by each ring; its owner sleeps on it");
    static final int BELL_RELAY = FIELDS.int32("bellRelay", "0, or 1 + a bell that must be rung too; by its owner");

    static final Layout LAYOUT = FIELDS.endTable().end();

    static final FileType TYPE =
            new FileType("domain", "SLUICEDM", 1, LAYOUT, new FileType.Owners(BELL_OWNER, BELLS, BELL_BYTES));

    private DomainLayout() {}

    static int participant(int slot, int field) {
        return field + slot * PARTICIPANT_BYTES;
    }

    static int bell(int index, int field) {
        return field + index * BELL_BYTES;
    }
}
