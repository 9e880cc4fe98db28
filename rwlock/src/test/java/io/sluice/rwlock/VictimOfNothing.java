package io.sluice.rwlock;

import io.sluice.shm.Domain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;

/** Another process, which uses the lock as anybody would and says {@code done}. */
final class VictimOfNothing {
    private VictimOfNothing() {}

    /** {@code arguments}: directory of the domain. */
    public static void main(String[] arguments) throws Exception {
        try (Domain domain = Domain.open(Path.of(arguments[0]));
                MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "book")) {
            try (Hold hold = lock.read()) {
                hold.ensureValid();
            }
            try (Hold hold = lock.write(Duration.ofSeconds(5));
                    Hold nested = hold.read()) {
                nested.ensureValid();
            }
            ReadWriteLock view = lock.asReadWriteLock();
            Passage.through(view.readLock());
            Passage.through(view.writeLock());
            lock.writeAsync().get(5, TimeUnit.SECONDS).downgrade().close();
            if (!lock.validate(lock.tryOptimisticRead()) || lock.describe().isEmpty()) {
                throw new AssertionError(lock.describe());
            }
        }
        System.out.println("done");
    }
}
