package io.sluice.dist;

import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Redisson clients as the tests use them: few threads, few connections. */
final class RedisClients {
    private RedisClients() {}

    static RedissonClient single(String address) {
        Config config = small();
        config.useSingleServer()
                .setAddress(address)
                .setConnectionMinimumIdleSize(2)
                .setConnectionPoolSize(16)
                .setSubscriptionConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(4)
                .setConnectTimeout(1000)
                .setTimeout(1000);
        return Redisson.create(config);
    }

    static RedissonClient sentinel(RedisNode sentinel) {
        Config config = small();
        config.useSentinelServers()
                .setMasterName("book")
                .addSentinelAddress(sentinel.address())
                .setCheckSentinelsList(false)
                .setSentinelsDiscovery(false)
                .setScanInterval(200)
                .setMasterConnectionMinimumIdleSize(2)
                .setSlaveConnectionMinimumIdleSize(1)
                .setConnectTimeout(1000)
                .setTimeout(1000);
        return Redisson.create(config);
    }

    static RedissonClient cluster(RedisGroup cluster) {
        Config config = small();
        config.useClusterServers()
                .addNodeAddress(cluster.addresses())
                .setMasterConnectionMinimumIdleSize(2)
                .setConnectTimeout(1000)
                .setTimeout(1000);
        return Redisson.create(config);
    }

    private static Config small() {
        return new Config().setThreads(2).setNettyThreads(2);
    }
}
