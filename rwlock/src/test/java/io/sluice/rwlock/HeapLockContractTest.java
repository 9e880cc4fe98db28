package io.sluice.rwlock;

import java.util.EnumSet;
import java.util.Set;

/** The contract on the heap. */
class HeapLockContractTest extends LockContract {
    @Override
    protected LockSource source() {
        return new HeapLocks();
    }

    @Override
    protected Set<Capability> capabilities() {
        return EnumSet.complementOf(EnumSet.of(Capability.SURVIVES_DEATH, Capability.LISTS_PARTIES));
    }

    @Override
    protected String place() {
        return "heap";
    }
}
