package io.sluice.rwlock;

import io.sluice.shm.testing.TemporaryDomain;
import java.util.EnumSet;
import java.util.Set;

/** The contract in shared memory, within one participant of one process. */
class MappedLockContractTest extends LockContract {
    private final TemporaryDomain directory = new TemporaryDomain();

    @Override
    protected LockSource source() {
        return new MappedLocks();
    }

    @Override
    protected Set<Capability> capabilities() {
        return EnumSet.allOf(Capability.class);
    }

    @Override
    protected String place() {
        return directory.path().toString();
    }

    @Override
    protected void cleanUp() {
        directory.close();
    }
}
