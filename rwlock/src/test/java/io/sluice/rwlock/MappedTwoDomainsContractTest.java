package io.sluice.rwlock;

/** The contract in shared memory, between two participants that share a JVM. */
class MappedTwoDomainsContractTest extends MappedLockContractTest {
    @Override
    protected int siteCount() {
        return 2;
    }
}
