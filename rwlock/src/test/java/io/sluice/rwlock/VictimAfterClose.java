package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.os.Natives;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReadWriteLock;

/** Another process, which uses everything of a lock that it has closed. */
final class VictimAfterClose {
    private VictimAfterClose() {}

    private interface Use {
        void run() throws Exception;
    }

    /** {@code arguments}: directory of the domain. */
    public static void main(String[] arguments) throws Exception {
        Domain domain = Domain.open(Path.of(arguments[0]));
        MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "closed");
        long stamp = lock.tryOptimisticRead();
        ReadWriteLock view = lock.asReadWriteLock();
        ReadWriteLock mine = lock.ofCurrentThread();
        Hold read = lock.read();
        read.close();
        Hold write = lock.write();
        lock.close();
        write.close();

        refuseNewHolds(lock, view, mine);
        refuse("hold.read", write::read);
        refuse("hold.downgrade", write::downgrade);
        refuse("hold.markConsistent", write::markConsistent);
        refuse("hold.previousOwnerDied", write::previousOwnerDied);
        refuse("hold.ensureValid", read::ensureValid);
        refuseUnlock(view);
        refuseUnlock(mine);
        answer(read.toString() + write + lock + lock.name() + write.token() + write.readersDied());
        validateNothing(lock, stamp);
        read.close();
        write.close();
        lock.close();
        domain.close();
        refuseNewHolds(lock, view, mine);
        validateNothing(lock, stamp);
        System.out.println("result:all refused or answered");
    }

    private static void refuseNewHolds(MappedReadWriteLock lock, ReadWriteLock view, ReadWriteLock mine)
            throws Exception {
        refuse("read", lock::read);
        refuse("write", lock::write);
        refuse("readInterruptibly", lock::readInterruptibly);
        refuse("writeInterruptibly", lock::writeInterruptibly);
        refuse("timed read", () -> lock.read(Duration.ofSeconds(1)));
        refuse("timed write", () -> lock.write(Duration.ofSeconds(1)));
        refuse("tryRead", lock::tryRead);
        refuse("tryWrite", lock::tryWrite);
        refuse("readAsync", () -> lock.readAsync().join());
        refuse("writeAsync", () -> lock.writeAsync().join());
        refuse("tryOptimisticRead", lock::tryOptimisticRead);
        refuse("describe", lock::describe);
        refuse("parties", lock::parties);
        refuse("view read", view.readLock()::lock);
        refuse("view write", view.writeLock()::lock);
        refuse("view tryRead", view.readLock()::tryLock);
        refuse("own view read", mine.readLock()::lock);
        refuse("own view write", mine.writeLock()::lock);
    }

    private static void refuse(String what, Use use) throws Exception {
        try {
            use.run();
        } catch (IllegalStateException e) {
            if (!String.valueOf(e.getMessage()).matches("(lock|hold) is closed: lock=closed.*")) {
                throw e;
            }
            return;
        }
        throw new AssertionError("not refused: " + what);
    }

    private static void refuseUnlock(ReadWriteLock view) {
        try {
            view.readLock().unlock();
            throw new AssertionError("not refused: unlock");
        } catch (IllegalMonitorStateException expected) {
            answer(expected.getMessage());
        }
    }

    private static void answer(String text) {
        if (text.isEmpty()) {
            throw new AssertionError("no answer");
        }
    }

    /** Without natives the file stays mapped until it is collected, and the answer may still be true. */
    private static void validateNothing(MappedReadWriteLock lock, long stamp) {
        for (int i = 0; i < 1000; i++) {
            if (lock.validate(stamp) && Natives.available()) {
                throw new AssertionError("validated after close");
            }
        }
    }
}
