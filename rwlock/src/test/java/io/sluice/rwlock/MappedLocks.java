package io.sluice.rwlock;

import io.sluice.shm.Domain;
import java.io.IOException;
import java.nio.file.Path;

/** Locks in shared memory; each opening is a participant of its own. The place is the domain's directory. */
public final class MappedLocks implements LockSource {
    @Override
    public Opened open(LockSettings settings) throws IOException {
        Domain domain = Domain.open(Path.of(settings.place()));
        return new Opened(
                MappedReadWriteLock.named(settings.name())
                        .readersAfter(settings.readersAfter())
                        .open(domain),
                domain);
    }
}
