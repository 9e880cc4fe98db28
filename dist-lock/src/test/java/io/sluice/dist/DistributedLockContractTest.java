package io.sluice.dist;

import io.sluice.rwlock.Capability;
import io.sluice.rwlock.LockContract;
import io.sluice.rwlock.LockSource;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract in Redis, within one client. */
class DistributedLockContractTest extends LockContract {
    private static RedisNode redis;
    private static int tests;

    private final int test = ++tests;

    @BeforeAll
    static void startRedis() throws Exception {
        redis = RedisNode.start();
    }

    @AfterAll
    static void stopRedis() throws Exception {
        DistributedLocks.shutDown();
        redis.close();
    }

    @Override
    protected LockSource source() {
        return new DistributedLocks();
    }

    @Override
    protected Set<Capability> capabilities() {
        return EnumSet.of(
                Capability.RE_ENTRANT, Capability.LISTS_PARTIES, Capability.READERS_AFTER, Capability.VIRTUAL_THREADS);
    }

    @Override
    protected String place() {
        return redis.address() + "#test" + test;
    }
}
