package io.sluice.rwlock;

import io.sluice.shm.domain.Participants;
import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;

/**
 * The lock's file: words on lines of their own, one entry for each slot of the domain, one shared lane for each slot,
 * and behind the layout's end the pool of {@code lanes} further lanes of the same shape.
 */
final class LockLayout {
    static final int SLOTS = Participants.MAX;
    static final int LINE = Layout.LINE;
    static final int NAME_BYTES = 72;

    /**
     * Bit of {@link #WRITERS}: readers look at more than this word, after a full fence. Set while bias is off or the data
     * is torn.
     */
    static final long SLOW = 1L << 63;

    /** Bits of {@link #WRITERS}: one for each slot. */
    static final long PARTICIPANTS = SLOW - 1;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("lock"));

    static final int LANES = FIELDS.int32("lanes", "of the pool behind the table of lanes; by the creator");
    static final int READERS_AFTER =
            FIELDS.int32("readersAfter", "let waiting readers in after so many writers; 0 never; by the creator");

    static {
        FIELDS.align(LINE);
    }

    static final int WRITERS =
            FIELDS.int64("writers", "bit of each slot that holds or wants the write lock; bit 63 SLOW; or, and, CAS");
    static final int TOKEN =
            FIELDS.int64("token", "token of the last write acquisition * 2 + 1 in a section, or torn; owner, release");
    static final int REVOKED = FIELDS.int32("revoked", "1: a heavy fence has followed SLOW; owner; reader, before CAS");
    static final int ADMIT = FIELDS.int32("admit", "1: waiting readers get in though there are writers; owner");
    static final int SUSPECT = FIELDS.int32("suspect", "1: readers died holding; whoever clears their lanes, before");
    static final int PASSED = FIELDS.int32("passed", "writers in a row that readers waited for; owner");
    static final int OWNER = FIELDS.int64("owner", "owner word of who may clear bits, scan and enter; CAS; 0 nobody");

    static {
        FIELDS.align(LINE);
    }

    static final int OWNER_BLOCKING =
            FIELDS.int64("ownerBlocking", "since when others wait for the section; for people");
    static final int BLOCKING_TOKEN = FIELDS.int64("blockingToken", "the token that ownerBlocking is about");

    static {
        FIELDS.align(LINE);
    }

    static final int GATE = FIELDS.int32("gate", "readers sleep on it; bit 0: somebody does; waker adds 1 by CAS");

    static {
        FIELDS.align(LINE);
    }

    static final int SLOTS_HIGH = FIELDS.int32("slotsHigh", "slot entries ever used; raised by CAS");
    static final int LANES_HIGH = FIELDS.int32("lanesHigh", "lanes of the pool ever used; raised by CAS");

    static {
        FIELDS.table(SLOTS, LINE);
    }

    static final int USER = FIELDS.int64("user", "owner word of the attached participant; 0 nobody");
    static final int WANT = FIELDS.int64("want", "owner word behind the slot's bit; before the bit, plain");
    static final int BELL = FIELDS.int32("bell", "the slot's writer sleeps on it; bit 0: it does; waker adds 1, CAS");
    static final int WRITER_LANE =
            FIELDS.int32("writerLane", "of the pool, of the thread; 0: it is named here; for people");
    static final int WRITER_WAITING = FIELDS.int64("writerWaiting", "nanoTime since when it sleeps; 0 it does not");
    static final int WRITER_NAME_LENGTH = FIELDS.int32("writerNameLength", "bytes, for people");
    static final int WRITER_NAME = FIELDS.bytes("writerName", NAME_BYTES, "UTF-8, of the thread, for people");

    static {
        FIELDS.endTable().table(SLOTS, LINE);
    }

    static final int LANE_OWNER = FIELDS.int64("laneOwner", "owner word of who leases it; CAS; 0 nobody");
    static final int LANE_OWN = FIELDS.int64("laneOwn", "lane word of the thread's own holds; the thread, plain");
    static final int LANE_COUNTED = FIELDS.int64("laneCounted", "lane word of holds that any thread ends; CAS");
    static final int LANE_WAITING = FIELDS.int64("laneWaiting", "nanoTime since when its thread waits; 0 it does not");
    static final int LANE_BLOCKING = FIELDS.int64("laneBlocking", "nanoTime since when a writer waits for it; owner");
    static final int LANE_NAME_LENGTH = FIELDS.int32("laneNameLength", "bytes, for people");
    static final int LANE_NAME = FIELDS.bytes("laneName", NAME_BYTES, "UTF-8, of the thread, for people");

    static final Layout LAYOUT = FIELDS.endTable().end();

    /** The owner words of its users are the slots' {@code user}. */
    static final FileType TYPE = new FileType("lock", "SLUICELK", 1, LAYOUT, new FileType.Owners(USER, SLOTS, LINE));

    private LockLayout() {}

    static int slot(int slot, int field) {
        return field + slot * LINE;
    }

    /** A field of lane {@code index}: the shared lane of a slot, or, from {@link #SLOTS} on, one of the pool. */
    static int lane(int index, int field) {
        return field + index * LINE;
    }

    static long fileLength(int lanes) {
        return LAYOUT.size() + (long) lanes * LINE;
    }
}
