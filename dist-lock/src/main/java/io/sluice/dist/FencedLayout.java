package io.sluice.dist;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;

/**
 * The file of a {@link MappedFencedResource}: one word that says which token was the highest and where the value is, and
 * behind the layout's end two slots for each user, in which it prepares what it writes.
 *
 * <pre>
 *   slot:  0  version   int64  odd while its user writes; user, release
 *          8  length    int32  bytes of the value; user, before version
 *         12            bytes  the value; user, before version
 * </pre>
 */
final class FencedLayout {
    /** Opened resources at one time, of all processes. */
    static final int USERS = 64;

    static final int SLOTS = 2 * USERS;

    /** Bits of {@link #CURRENT} below the token. */
    static final int SLOT_BITS = 7;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("fenced resource"));

    static final int CAPACITY = FIELDS.int32("capacity", "most bytes of a value; by the creator");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int CURRENT = FIELDS.int64("current", "highest token << 7 | slot of the value; CAS");

    static {
        FIELDS.table(USERS, Layout.LINE);
    }

    static final int USER = FIELDS.int64("user", "owner word of who writes the two slots; CAS; 0 nobody");

    static final Layout LAYOUT = FIELDS.endTable().end();

    static final FileType TYPE =
            new FileType("fenced resource", "SLUICEFR", 1, LAYOUT, new FileType.Owners(USER, USERS, Layout.LINE));

    static final int VERSION = 0;
    static final int LENGTH = 8;
    static final int VALUE = 12;

    private FencedLayout() {}

    static int user(int index) {
        return USER + index * Layout.LINE;
    }

    static int slot(int slot, int capacity) {
        return LAYOUT.size() + slot * stride(capacity);
    }

    static long fileLength(int capacity) {
        return LAYOUT.size() + (long) SLOTS * stride(capacity);
    }

    private static int stride(int capacity) {
        return (VALUE + capacity + Layout.LINE - 1) & -Layout.LINE;
    }
}
