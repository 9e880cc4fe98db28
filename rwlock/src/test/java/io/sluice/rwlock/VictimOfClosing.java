package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.testing.Stress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Another process, in which one thread opens locks while another closes their domain. */
final class VictimOfClosing {
    private static final int ROUNDS = Stress.choose(400, 10_000);
    private static final int MOST_SPINS = 2_000;

    private VictimOfClosing() {}

    /** {@code arguments}: directory of the domain. */
    public static void main(String[] arguments) throws Exception {
        ExecutorService openers = Executors.newSingleThreadExecutor();
        for (int round = 0; round < ROUNDS; round++) {
            Domain domain = Domain.open(Path.of(arguments[0]));
            MappedReadWriteLock.open(domain, "closing").close();
            Future<?> opener = openers.submit(() -> openUntilItIsClosed(domain));
            for (int i = ThreadLocalRandom.current().nextInt(MOST_SPINS); i > 0; i--) {
                Thread.onSpinWait();
            }
            domain.close();
            opener.get();
        }
        openers.shutdown();
        System.out.println("result:no crash");
    }

    private static Void openUntilItIsClosed(Domain domain) throws IOException {
        while (true) {
            try (MappedReadWriteLock lock = MappedReadWriteLock.open(domain, "closing");
                    Hold hold = lock.read()) {
                hold.ensureValid();
            } catch (ResourceBusyException e) {
                Thread.onSpinWait(); // the domain has closed the lock, and is about to say so itself
            } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).matches("(domain|lock) is closed: .*")) {
                    throw e;
                }
                return null;
            }
        }
    }
}
