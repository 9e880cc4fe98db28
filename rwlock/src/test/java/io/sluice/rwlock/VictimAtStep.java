package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import io.sluice.shm.os.Futex;
import io.sluice.shm.os.Natives;
import io.sluice.shm.testing.ForkedJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Another process, which takes the write lock and leaves it, and halts before one store of that: whoever kills it then
 * knows between which steps it dies.
 */
final class VictimAtStep {
    private static final String HALTED = "halted:";
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** The store that it never makes. */
    enum Step {
        /** 24: SLOW is set, nobody knows whether the heavy fence has followed. */
        REVOKED(LockLayout.REVOKED, 1),
        /** 52: readers are let in. */
        ADMITTED(LockLayout.ADMIT, 0),
        /** 45: the own bit is cleared. */
        HANDED_OVER(LockLayout.OWNER, 0);

        private final int offset;
        private final long value;

        Step(int offset, long value) {
            this.offset = offset;
            this.value = value;
        }
    }

    private VictimAtStep() {}

    static ForkedJvm start(Path directory, String lock, Step step) {
        return ForkedJvm.start(VictimAtStep.class, directory.toString(), lock, step.name());
    }

    static void awaitHalt(ForkedJvm victim) throws InterruptedException {
        victim.awaitLine(HALTED);
    }

    /** {@code arguments}: directory of the domain, name of the lock, step. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        try (Domain domain = Domain.open(directory);
                MappedReadWriteLock attached = MappedReadWriteLock.open(domain, arguments[1])) {
            MappedFile file = MappedFile.open(directory.resolve(attached.name() + ".lock"), LockLayout.TYPE);
            DomainCore core = domain.core();
            SharedLock lock = new SharedLock(
                    new HaltingWords(file.buffer(), Step.valueOf(arguments[2])),
                    core.fences(),
                    new LoneThread(core, file),
                    core.participants().self());
            lock.enterWrite(Patience.unlimited());
            lock.beginSection();
            lock.endSection(true);
            lock.handOver();
        }
        throw new AssertionError("never made the store: step=" + arguments[2]);
    }

    private static final class HaltingWords extends Words {
        private final Step step;

        HaltingWords(ByteBuffer buffer, Step step) {
            super(buffer);
            this.step = step;
        }

        @Override
        public void intVolatile(int offset, int value) {
            haltAt(offset, value);
            super.intVolatile(offset, value);
        }

        @Override
        public void longVolatile(int offset, long value) {
            haltAt(offset, value);
            super.longVolatile(offset, value);
        }

        /** Until it is killed, or its parent ends. */
        private void haltAt(int offset, long value) {
            if (offset != step.offset || value != step.value) {
                return;
            }
            System.out.println(HALTED);
            try {
                throw new AssertionError("nobody has killed it: read=" + System.in.read());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Nobody else in this process uses the lock. */
    private record LoneThread(DomainCore domain, MappedFile file) implements Surroundings {
        @Override
        public boolean isAlive(long owner) {
            return domain.participants().isAlive(owner);
        }

        @Override
        public boolean watch(long owner) {
            return isAlive(owner);
        }

        @Override
        public void sleep(int offset, int expected, long nanos) {
            LockSupport.parkNanos(Math.min(nanos, LOOK_NANOS));
        }

        @Override
        public void wake(int offset) {
            if (Natives.available()) {
                Futex.wake(file.address() + offset);
            }
        }

        @Override
        public boolean tryRepresent() {
            return true;
        }

        @Override
        public void stopRepresenting() {}

        @Override
        public boolean isWriterQueued() {
            return false;
        }

        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public long spinNanos() {
            return 0;
        }

        @Override
        public void recovered(String what, long owner) {}
    }
}
