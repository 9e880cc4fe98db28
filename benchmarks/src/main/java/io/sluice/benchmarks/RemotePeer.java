package io.sluice.benchmarks;

import io.sluice.dist.DistributedReadWriteLock;
import java.nio.file.Path;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** The locks between hosts, each with a client of its own in every process. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum RemotePeer {
    SLUICE(Contender.SLUICE, client -> {
        DistributedReadWriteLock lock = DistributedReadWriteLock.open(client, "measured");
        return new FencedAccess(lock, lock.asReadWriteLock());
    }),
    REDISSON_RW("redisson-rw", client -> new ReadWriteLockAccess((ReadWriteLock) client.getReadWriteLock("measured"))),
    REDISSON_FENCED("redisson-fenced", client -> {
        RLock lock = client.getFencedLock("measured");
        return new ReadWriteLockAccess(lock, lock);
    }),
    EVALSHA("evalsha", ScriptCall::new),
    CURATOR_RW("curator-rw", null);

    /** In the sources of the heavy peers, which are not built without their profile. */
    private static final String CURATOR = "io.sluice.benchmarks.CuratorPeer";

    /** A peer that is not on Redis. */
    interface Elsewhere {
        LockServer start(Path directory);

        MeasuredLock open(String address);
    }

    private final String peerName;
    private final @Nullable Function<RedissonClient, LockAccess> onRedis;

    RemotePeer(String peerName, @Nullable Function<RedissonClient, LockAccess> onRedis) {
        this.peerName = peerName;
        this.onRedis = onRedis;
    }

    String peerName() {
        return peerName;
    }

    boolean isAvailable() {
        return onRedis != null || RemotePeer.class.getResource("CuratorPeer.class") != null;
    }

    LockServer start(Path directory) {
        return onRedis == null ? elsewhere().start(directory) : RedisServer.start(directory);
    }

    MeasuredLock open(String address) {
        Function<RedissonClient, LockAccess> access = onRedis;
        if (access == null) {
            return elsewhere().open(address);
        }
        Config config = new Config();
        config.useSingleServer().setAddress(address);
        RedissonClient client = Redisson.create(config);
        return new OnRedis(client, access.apply(client));
    }

    private static Elsewhere elsewhere() {
        try {
            return Class.forName(CURATOR)
                    .asSubclass(Elsewhere.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new TrialException("this peer was not built: class=" + CURATOR, e);
        }
    }

    private record OnRedis(RedissonClient client, LockAccess access) implements MeasuredLock {
        @Override
        public void close() {
            client.shutdown();
        }
    }
}
