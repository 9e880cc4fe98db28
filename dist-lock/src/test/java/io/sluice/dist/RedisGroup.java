package io.sluice.dist;

import io.sluice.shm.testing.Conditions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Several Redis servers that belong together; closed together. */
final class RedisGroup implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int SLOTS = 16_384;

    private final List<RedisNode> nodes = new ArrayList<>();

    private RedisGroup() {}

    /** Node 0 is a primary, node 1 its replica, in step. */
    static RedisGroup replicated() throws Exception {
        return build(RedisGroup::addPrimaryAndReplica);
    }

    /** As {@link #replicated}, and node 2 is a sentinel that watches them as {@code book}. */
    static RedisGroup withSentinel() throws Exception {
        return build(group -> {
            group.addPrimaryAndReplica();
            RedisNode sentinel = RedisNode.startSentinel(group.node(0));
            group.nodes.add(sentinel);
            Conditions.await(
                    "the sentinel knows the replica",
                    LIMIT,
                    () -> sentinel.ask("SENTINEL", "REPLICAS", "book")
                            .contains(String.valueOf(group.node(1).port())));
        });
    }

    /** A cluster of three primaries. */
    static RedisGroup cluster() throws Exception {
        return build(RedisGroup::addCluster);
    }

    private interface Plan {
        void carryOut(RedisGroup group) throws Exception;
    }

    private static RedisGroup build(Plan plan) throws Exception {
        RedisGroup group = new RedisGroup();
        try {
            plan.carryOut(group);
        } catch (Exception | AssertionError e) {
            group.close();
            throw e;
        }
        return group;
    }

    private void addPrimaryAndReplica() throws Exception {
        RedisNode primary = RedisNode.start();
        nodes.add(primary);
        RedisNode replica = RedisNode.start("--replicaof", RedisNode.HOST + " " + primary.port());
        nodes.add(replica);
        Conditions.await(
                "the replica is in step",
                LIMIT,
                () -> replica.ask("INFO", "replication").contains("master_link_status:up"));
    }

    private void addCluster() throws Exception {
        for (int i = 0; i < 3; i++) {
            nodes.add(RedisNode.start(
                    "--cluster-enabled", "yes", "--cluster-port", String.valueOf(RedisNode.freePort())));
        }
        for (int i = 0; i < 3; i++) {
            RedisNode node = nodes.get(i);
            String from = String.valueOf(SLOTS * i / 3);
            String to = String.valueOf(SLOTS * (i + 1) / 3 - 1);
            node.ask("CLUSTER", "ADDSLOTSRANGE", from, to);
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", String.valueOf(i + 1));
        }
        for (RedisNode other : nodes.subList(1, 3)) {
            String busPort = other.ask("CONFIG", "GET", "cluster-port").split("\n", -1)[1];
            node(0).ask("CLUSTER", "MEET", RedisNode.HOST, String.valueOf(other.port()), busPort);
        }
        for (RedisNode node : nodes) {
            Conditions.await("the cluster stands: port=" + node.port(), LIMIT, () -> {
                String info = node.ask("CLUSTER", "INFO");
                return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3");
            });
        }
    }

    RedisNode node(int index) {
        return nodes.get(index);
    }

    /** Addresses for Redisson. */
    String[] addresses() {
        return nodes.stream().map(RedisNode::address).toArray(String[]::new);
    }

    @Override
    public void close() throws InterruptedException {
        for (RedisNode node : nodes) {
            node.close();
        }
    }
}
