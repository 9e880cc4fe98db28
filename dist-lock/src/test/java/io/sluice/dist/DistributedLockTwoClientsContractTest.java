package io.sluice.dist;

/** The contract in Redis, between two clients that share a JVM. */
class DistributedLockTwoClientsContractTest extends DistributedLockContractTest {
    @Override
    protected int siteCount() {
        return 2;
    }
}
