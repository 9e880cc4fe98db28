package io.sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.test.TestingServer;

/** Curator's {@code InterProcessReadWriteLock} on a ZooKeeper in the process that runs the suite. */
final class CuratorPeer implements RemotePeer.Elsewhere {
    private static final int RETRY_MILLIS = 1_000;

    @Override
    public LockServer start(Path directory) {
        try {
            return new Server(
                    new TestingServer(-1, directory.resolve("zookeeper").toFile()));
        } catch (Exception e) {
            throw new TrialException("cannot start ZooKeeper", e);
        }
    }

    private record Server(TestingServer zooKeeper) implements LockServer {
        @Override
        public String address() {
            return zooKeeper.getConnectString();
        }

        @Override
        public void close() {
            try {
                zooKeeper.close();
            } catch (IOException e) {
                throw new TrialException("cannot stop ZooKeeper", e);
            }
        }
    }

    @Override
    public MeasuredLock open(String address) {
        CuratorFramework client = CuratorFrameworkFactory.newClient(address, new RetryOneTime(RETRY_MILLIS));
        client.start();
        return new Client(client, new InterProcessReadWriteLock(client, "/measured"));
    }

    private record Client(CuratorFramework client, InterProcessReadWriteLock lock) implements MeasuredLock, LockAccess {
        @Override
        public LockAccess access() {
            return this;
        }

        @Override
        public long lockRead() {
            return acquire(lock.readLock());
        }

        @Override
        public void unlockRead(long stamp) {
            release(lock.readLock());
        }

        @Override
        public long lockWrite() {
            return acquire(lock.writeLock());
        }

        @Override
        public void unlockWrite(long stamp) {
            release(lock.writeLock());
        }

        private static long acquire(InterProcessLock side) {
            try {
                side.acquire();
                return 0;
            } catch (Exception e) {
                throw new IllegalStateException("cannot acquire", e);
            }
        }

        private static void release(InterProcessLock side) {
            try {
                side.release();
            } catch (Exception e) {
                throw new IllegalStateException("cannot release", e);
            }
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
