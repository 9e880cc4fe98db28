package io.sluice.shm.domain;

import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One thread attaches to a resource and detaches from it while another deletes it, in two processes at once. A ledger
 * that is never deleted tells who uses which file at this moment.
 */
final class AttachHammer {
    private static final String LEDGER = "ledger";

    private final DomainCore core;
    private final String name;
    private final int me;
    private final long deadline;
    private int attached;
    private int withdrawn;

    private AttachHammer(DomainCore core, String name, int me, long deadline) {
        this.core = core;
        this.name = name;
        this.me = me;
        this.deadline = deadline;
    }

    /** Hammers for {@code millis} as user {@code me}, 0 or 1; what happened, {@code name=value} each. */
    static String run(DomainCore core, String name, int me, long millis) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        AttachHammer hammer = new AttachHammer(core, name, me, deadline);
        AtomicReference<String> deletions = new AtomicReference<>();
        AtomicReference<Exception> failure = new AtomicReference<>();
        Thread deleter = new Thread(
                () -> {
                    try {
                        deletions.set(hammer.delete());
                    } catch (Exception e) {
                        failure.set(e);
                    }
                },
                "deleter");
        deleter.start();
        hammer.attach();
        deleter.join(TimeUnit.SECONDS.toMillis(30));
        if (failure.get() != null) {
            throw failure.get();
        }
        return "attached=" + hammer.attached + " withdrawn=" + hammer.withdrawn + " " + deletions.get();
    }

    private boolean isOver() {
        return System.nanoTime() - deadline > 0;
    }

    private void attach() throws IOException {
        MappedFile ledger = TestResource.open(core, LEDGER);
        if (!TestResource.attach(core, ledger, me)) {
            throw new IllegalStateException("ledger was deleted");
        }
        Words book = ledger.words();
        while (!isOver()) {
            MappedFile file = TestResource.open(core, name);
            if (TestResource.attach(core, file, me)) {
                attached++;
                book.longVolatile(TestResource.user(me, TestResource.MARK), file.nonce());
                long other = book.longVolatile(TestResource.user(1 - me, TestResource.MARK));
                if (other != 0 && other != file.nonce()) {
                    throw new AssertionError("two users on two files: mine=" + file.nonce() + ", other=" + other);
                }
                book.longVolatile(TestResource.user(me, TestResource.MARK), 0);
                TestResource.detach(file, me);
            } else {
                withdrawn++;
            }
            file.release();
        }
        ledger.release();
    }

    private String delete() throws IOException {
        int deleted = 0;
        int refused = 0;
        while (!isOver()) {
            try {
                deleted += core.resources().delete(name, TestResource.TYPE) ? 1 : 0;
            } catch (ResourceBusyException inUse) {
                refused++;
            }
        }
        return "deleted=" + deleted + " refused=" + refused;
    }
}
