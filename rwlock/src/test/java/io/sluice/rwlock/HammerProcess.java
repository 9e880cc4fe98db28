package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.Stress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;

/**
 * Uses one lock in every way there is, at random, until it is told to stop or killed. What the lock protects is a pair of
 * counters in a file of its own, which nothing else guards: a writer raises the first, then the second; whoever is in
 * finds them equal. The file also keeps the highest token that a writer saw, and how often the counters were repaired.
 *
 * <p>Says {@code ready:}, then {@code violation:} for each broken promise. Told {@code stay}, it stops in the midst of the
 * next section that it writes, says {@code inside:} and waits to be killed. Told {@code stop}, it ends and says {@code
 * done:} with the number of its operations.
 */
final class HammerProcess {
    static final String LOCK = "hammered";
    static final int DATA_BYTES = 4096;
    private static final int FIRST = 0;
    private static final int SECOND = 1024;
    private static final int TOKEN = 2048;
    static final int REPAIRS = 3072;

    /** A reader or writer that is not served for so long counts as lost. */
    private static final Duration LOST = Duration.ofSeconds(10);

    private static final long LONGEST_WORK_NANOS = 20_000;
    private static final long LONGEST_PAUSE_NANOS = 200_000;

    private final MappedReadWriteLock lock;
    private final MappedByteBuffer data;
    private final AtomicLong operations = new AtomicLong();
    private final List<Hand> hands = new ArrayList<>();
    private volatile boolean staying;
    private volatile boolean stopped;

    private HammerProcess(MappedReadWriteLock lock, MappedByteBuffer data) {
        this.lock = lock;
        this.data = data;
    }

    /** {@code arguments}: directory of the domain, data file, seed, number of threads. */
    public static void main(String[] arguments) throws Exception {
        MappedByteBuffer data = map(Path.of(arguments[1]));
        Domain domain = Domain.open(Path.of(arguments[0]));
        MappedReadWriteLock lock = MappedReadWriteLock.named(LOCK)
                .repair(deaths -> {
                    data.putLong(SECOND, data.getLong(FIRST));
                    data.putLong(REPAIRS, data.getLong(REPAIRS) + 1);
                })
                .open(domain);
        HammerProcess process = new HammerProcess(lock, data);
        process.start(Long.parseLong(arguments[2]), Integer.parseInt(arguments[3]));
        say("ready:");
        process.obey(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        for (Hand hand : process.hands) {
            Conditions.join(hand.thread, LOST.multipliedBy(3));
        }
        lock.close();
        domain.close();
        say("done:" + process.operations);
    }

    private void obey(BufferedReader input) throws IOException {
        while (!stopped) {
            findTheLost();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            if (input.ready()) {
                String command = input.readLine();
                staying = command.equals("stay");
                stopped = command.equals("stop");
            }
        }
    }

    private static MappedByteBuffer map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer data = channel.map(FileChannel.MapMode.READ_WRITE, 0, DATA_BYTES);
            data.order(ByteOrder.nativeOrder());
            return data;
        }
    }

    private void start(long seed, int threads) {
        for (int i = 0; i < threads; i++) {
            Hand hand = new Hand(new Random(seed + i));
            hands.add(hand);
            hand.thread.start();
        }
    }

    private void findTheLost() {
        for (Hand hand : hands) {
            long since = hand.since;
            if (since != 0 && System.nanoTime() - since > LOST.toNanos()) {
                hand.since = 0; // told once
                violation("not served: operation=" + hand.operation + ", " + lock.describe());
            }
        }
    }

    private static void violation(String what) {
        say("violation:" + what.replace('\n', '|'));
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
        }
    }

    /** One of its threads. */
    private final class Hand {
        private final Random random;
        private final Thread thread = new Thread(this::run, "hammer");

        /** System.nanoTime of the beginning of what it does now. */
        private volatile long since;

        private volatile String operation = "";

        Hand(Random random) {
            this.random = random;
            thread.setDaemon(true);
        }

        private void run() {
            try {
                while (!stopped) {
                    int kind = random.nextInt(12);
                    since = System.nanoTime() | 1;
                    strike(kind);
                    since = 0;
                    operations.incrementAndGet();
                    LockSupport.parkNanos(random.nextInt((int) LONGEST_PAUSE_NANOS));
                }
            } catch (Throwable e) {
                violation("thrown: operation=" + operation + ", exception=" + e);
            } finally {
                since = 0;
            }
        }

        private void strike(int kind) throws Exception {
            switch (kind) {
                case 0, 1, 2 -> readByView();
                case 3 -> read(lock.read());
                case 4 -> readThenAgain(lock.readInterruptibly());
                case 5 -> read(lock.tryRead());
                case 6 -> readOptimistically();
                case 7 -> writeByView();
                case 8 -> write(lock.write());
                case 9 -> write(random.nextBoolean() ? lock.tryWrite() : writeSoon());
                case 10 -> readOrWriteAsync();
                default -> writeThenRead(lock.write(LOST));
            }
        }

        private void begin(String name) {
            operation = name;
        }

        private void readByView() {
            begin("view read");
            Lock view = lock.asReadWriteLock().readLock();
            view.lock();
            try {
                look();
            } finally {
                view.unlock();
            }
        }

        private void read(Hold hold) {
            begin("read");
            if (hold != null) {
                try (hold) {
                    look();
                }
            }
        }

        private void readThenAgain(Hold hold) {
            begin("nested read");
            try (hold;
                    Hold nested = hold.read();
                    Hold byThread = lock.read()) {
                nested.ensureValid();
                byThread.ensureValid();
                look();
            }
        }

        private void readOptimistically() {
            begin("optimistic read");
            long stamp = lock.tryOptimisticRead();
            long first = data.getLong(FIRST);
            long second = data.getLong(SECOND);
            if (lock.validate(stamp) && first != second) {
                violation("torn data validated: first=" + first + ", second=" + second);
            }
        }

        private void writeByView() {
            begin("view write");
            Lock view = lock.asReadWriteLock().writeLock();
            view.lock();
            try {
                change();
            } finally {
                view.unlock();
            }
        }

        private void write(Hold hold) {
            begin("write");
            if (hold != null) {
                try (hold) {
                    checkToken(hold);
                    change();
                }
            }
        }

        private Hold writeSoon() throws InterruptedException {
            begin("timed write");
            try {
                return lock.write(Duration.ofNanos(1 + random.nextInt(300_000)));
            } catch (LockTimeoutException e) {
                return null;
            }
        }

        private void writeThenRead(Hold hold) {
            begin("write, downgrade");
            checkToken(hold);
            change();
            long changed = data.getLong(FIRST);
            try (Hold reader = hold.downgrade()) {
                look();
                if (data.getLong(FIRST) != changed || reader.token() != hold.token()) {
                    violation("a writer came in during a downgrade: hold=" + hold + ", reader=" + reader);
                }
            }
        }

        private void readOrWriteAsync() throws Exception {
            begin("async");
            boolean writes = random.nextInt(3) == 0;
            CompletableFuture<Hold> future = writes ? lock.writeAsync() : lock.readAsync();
            if (random.nextInt(4) == 0 && future.cancel(true)) {
                return;
            }
            try (Hold hold = future.get(LOST.toMillis(), TimeUnit.MILLISECONDS)) {
                if (writes) {
                    checkToken(hold);
                    change();
                } else {
                    look();
                }
            }
        }

        private void look() {
            long first = data.getLong(FIRST);
            work();
            long second = data.getLong(SECOND);
            if (first != second) {
                violation("a reader sees a writer: first=" + first + ", second=" + second);
            }
        }

        private void change() {
            long first = data.getLong(FIRST);
            if (first != data.getLong(SECOND)) {
                violation("a writer sees a writer: first=" + first + ", second=" + data.getLong(SECOND));
            }
            data.putLong(FIRST, first + 1);
            work();
            if (staying) {
                say("inside:");
                while (true) {
                    LockSupport.parkNanos(LOST.toNanos());
                }
            }
            if (data.getLong(FIRST) != first + 1 || data.getLong(SECOND) != first) {
                violation("another writer wrote: first=" + data.getLong(FIRST) + ", expected=" + (first + 1));
            }
            data.putLong(SECOND, first + 1);
        }

        private void work() {
            long until = System.nanoTime() + random.nextInt((int) LONGEST_WORK_NANOS);
            while (System.nanoTime() - until < 0) {
                Thread.onSpinWait();
            }
        }

        private void checkToken(Hold hold) {
            long last = data.getLong(TOKEN);
            if (hold.token() <= last) {
                violation("token does not rise: last=" + last + ", token=" + hold.token());
            }
            data.putLong(TOKEN, hold.token());
        }
    }

    /** Number of threads of one process. */
    static int threads() {
        return Stress.choose(2, 3);
    }
}
