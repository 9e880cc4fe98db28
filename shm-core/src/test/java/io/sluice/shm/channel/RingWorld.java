package io.sluice.shm.channel;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.Deaths;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;

/** Memberships of one domain, which play processes; those of the living are used again. */
final class RingWorld implements AutoCloseable {
    private final TemporaryDomain directory = new TemporaryDomain();
    private final Deque<Domain> idle = new ArrayDeque<>();
    private final ExecutorService threads;
    private int runs;

    RingWorld(ExecutorService threads) {
        this.threads = threads;
    }

    ExecutorService threads() {
        return threads;
    }

    String nextName() {
        runs++;
        return "run" + runs;
    }

    Domain join() throws IOException {
        Domain domain = idle.poll();
        return domain == null ? directory.open() : domain;
    }

    void giveBack(Domain domain) {
        idle.push(domain);
    }

    static void die(Domain domain) {
        Deaths.die(domain);
    }

    /** What a process may have mapped is limited, and so would the runs be. */
    static void bury(Domain domain) {
        Deaths.bury(domain);
    }

    @Override
    public void close() {
        idle.forEach(Domain::close);
        directory.close();
    }
}
