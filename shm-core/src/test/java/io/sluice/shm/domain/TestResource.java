package io.sluice.shm.domain;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.io.IOException;

/** A small file of a domain with owner words, as a channel's is. */
final class TestResource {
    static final int USERS = 8;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("test"));

    static final int TURN = FIELDS.int64("turn", "whose turn it is, in a game of several");

    static {
        FIELDS.table(USERS, Layout.LINE);
    }

    static final int OWNER = FIELDS.int64("owner", "owner word of the user");
    static final int MARK = FIELDS.int64("mark", "anything");
    static final int BELL = FIELDS.int32("bell", "1 + bell that the user sleeps on; 0 none");

    static final Layout LAYOUT = FIELDS.endTable().end();
    static final FileType.Owners OWNERS = new FileType.Owners(OWNER, USERS, Layout.LINE);
    static final FileType TYPE = new FileType("test", "SLUICETR", 1, LAYOUT, OWNERS);

    private TestResource() {}

    static int user(int index, int field) {
        return field + index * Layout.LINE;
    }

    static MappedFile.Plan plan() {
        return plan(LAYOUT.size());
    }

    static MappedFile.Plan plan(long length) {
        return new MappedFile.Plan(TYPE, length, words -> {});
    }

    static MappedFile open(DomainCore core, String name) throws IOException {
        return core.resources().openOrCreate(name, plan());
    }

    /** Becomes a user; false, and withdrawn, if the file was deleted meanwhile. */
    static boolean attach(DomainCore core, MappedFile file, int index) throws IOException {
        Words words = file.words();
        if (!words.longCas(user(index, OWNER), Owner.NOBODY, core.participants().self())) {
            throw new IllegalStateException("place is taken: index=" + index);
        }
        boolean attached = false;
        try {
            attached = core.resources().confirm(file);
        } finally {
            if (!attached) {
                detach(file, index);
            }
        }
        return attached;
    }

    static void detach(MappedFile file, int index) {
        file.words().longVolatile(user(index, OWNER), Owner.NOBODY);
    }

    static long owner(MappedFile file, int index) {
        return file.words().longVolatile(user(index, OWNER));
    }
}
