package io.sluice.dist;

import java.util.IdentityHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RedissonClient;

/** What the locks of one client share: a thread for renewals and deadlines. It ends with the last lock. */
final class ClientRuntime {
    private static final IdentityHashMap<RedissonClient, ClientRuntime> ALL = new IdentityHashMap<>();

    private final RedissonClient client;
    private final ScheduledThreadPoolExecutor scheduler;
    private int users; // guarded by ALL

    private ClientRuntime(RedissonClient client) {
        this.client = client;
        scheduler = new ScheduledThreadPoolExecutor(
                1,
                task -> {
                    Thread thread = new Thread(task, "sluice-leases");
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        scheduler.setRemoveOnCancelPolicy(true);
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    static ClientRuntime retain(RedissonClient client) {
        synchronized (ALL) {
            ClientRuntime runtime = ALL.computeIfAbsent(client, ClientRuntime::new);
            runtime.users++;
            return runtime;
        }
    }

    void release() {
        synchronized (ALL) {
            users--;
            if (users == 0) {
                ALL.remove(client);
                scheduler.shutdown();
            }
        }
    }

    /** Runs {@code task}, which neither blocks nor throws, on the scheduler's thread; never if that has ended. */
    Future<?> after(long nanos, Runnable task) {
        return scheduler.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
}
