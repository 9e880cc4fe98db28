package io.sluice.dist;

import io.sluice.rwlock.LockSettings;
import io.sluice.rwlock.LockSource;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.redisson.api.RedissonClient;

/**
 * Locks in Redis. A place is the address of a server, "#", and a prefix of keys. Clients are kept for the next test: who
 * opens two locks at a time gets two.
 */
public final class DistributedLocks implements LockSource {
    private static final Map<String, Queue<RedissonClient>> IDLE = new HashMap<>();

    @Override
    public Opened open(LockSettings settings) {
        String[] place = settings.place().split("#", 2);
        RedissonClient client = take(place[0]);
        DistributedReadWriteLock lock = DistributedReadWriteLock.named(settings.name())
                .keyPrefix(place[1])
                .readersAfter(settings.readersAfter())
                .open(client);
        return new Opened(lock, () -> giveBack(place[0], client));
    }

    private static RedissonClient take(String address) {
        synchronized (IDLE) {
            Queue<RedissonClient> idle = IDLE.computeIfAbsent(address, ignored -> new ArrayDeque<>());
            return idle.isEmpty() ? RedisClients.single(address) : idle.remove();
        }
    }

    private static void giveBack(String address, RedissonClient client) {
        synchronized (IDLE) {
            IDLE.get(address).add(client);
        }
    }

    /** Ends the clients of this JVM. */
    static void shutDown() {
        synchronized (IDLE) {
            IDLE.values().forEach(clients -> clients.forEach(RedissonClient::shutdown));
            IDLE.clear();
        }
    }
}
