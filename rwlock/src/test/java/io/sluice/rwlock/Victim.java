package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another process that does with a lock what it is told to, each thing in the thread that is named; so that one of its
 * threads can wait while another answers. May be killed at any moment.
 */
final class Victim implements AutoCloseable {
    private static final String REPLY = "reply:";
    private static final String FAILED = "failed: ";
    private static final String REPAIR = "repair:";
    private static final String ACQUIRED = "acquired";
    private static final String OPEN = "open";

    /** What a process has in store for torn data. */
    enum Mending {
        /** No callback. */
        NONE,
        MEND,
        FAIL,
        /** Never comes back. */
        HANG
    }

    /**
     * An acquisition.
     *
     * @param at System.nanoTime, which is the same clock in all processes of a machine
     */
    record Got(long at, long token, boolean writerDied, boolean readersDied) {
        static Got of(Hold hold) {
            return new Got(System.nanoTime(), hold.token(), hold.previousOwnerDied(), hold.readersDied());
        }

        private static Got parse(String answer) {
            String[] words = answer.split(" ", -1);
            if (!words[0].equals(ACQUIRED)) {
                throw new AssertionError("not acquired: " + answer);
            }
            return new Got(
                    Long.parseLong(words[1]),
                    Long.parseLong(words[2]),
                    Boolean.parseBoolean(words[3]),
                    Boolean.parseBoolean(words[4]));
        }

        private String text() {
            return ACQUIRED + " " + at + " " + token + " " + writerDied + " " + readersDied;
        }
    }

    private final ForkedJvm jvm;

    /** Its JVM starts side by side with others: nobody has waited for it yet. */
    private boolean opening;

    private Victim(ForkedJvm jvm) {
        this.jvm = jvm;
    }

    /** Starts one that has the lock {@code name} open when it obeys its first command. */
    static Victim with(Path directory, String name) {
        return with(directory, name, Mending.NONE);
    }

    static Victim with(Path directory, String name, Mending mending) {
        Victim victim = new Victim(ForkedJvm.start(Main.class));
        victim.jvm.send(String.join(" ", OPEN, directory.toString(), name, mending.name()));
        victim.opening = true;
        return victim;
    }

    /** Waits until it has the lock open. */
    Victim ready() throws InterruptedException {
        if (opening) {
            opening = false;
            String answer = answer(OPEN);
            if (answer.startsWith(FAILED)) {
                throw new AssertionError(answer);
            }
        }
        return this;
    }

    ForkedJvm jvm() {
        return jvm;
    }

    /** Tells without waiting for the answer. */
    void tell(String thread, Object... command) throws InterruptedException {
        ready();
        StringBuilder line = new StringBuilder(thread);
        for (Object word : command) {
            line.append(' ').append(word);
        }
        jvm.send(line.toString());
    }

    /** The thread's next answer, whatever it is. */
    String answer(String thread) throws InterruptedException {
        return jvm.awaitLine(REPLY + thread + " ");
    }

    /** The answer; an AssertionError if it is an exception. */
    String ask(String thread, Object... command) throws InterruptedException {
        tell(thread, command);
        String answer = answer(thread);
        if (answer.startsWith(FAILED)) {
            throw new AssertionError(answer + ", process says: " + jvm.output());
        }
        return answer;
    }

    /** The exception that the command ends in, {@code SimpleName: message}. */
    String refusal(String thread, Object... command) throws InterruptedException {
        tell(thread, command);
        String answer = answer(thread);
        if (!answer.startsWith(FAILED)) {
            throw new AssertionError("was not refused: " + answer);
        }
        return answer.substring(FAILED.length());
    }

    /** What the thread has been told to acquire. */
    Got got(String thread) throws InterruptedException {
        return Got.parse(answer(thread));
    }

    /** Acquires in a thread of the victim, at once or after a wait. */
    Got acquire(String thread, Object... command) throws InterruptedException {
        tell(thread, command);
        return got(thread);
    }

    /** Waits until the repair callback is entered; who died, as in {@link Repair.Deaths}. */
    Repair.Deaths awaitRepair() throws InterruptedException {
        String[] words = jvm.awaitLine(REPAIR).split(" ", -1);
        return new Repair.Deaths(Boolean.parseBoolean(words[0]), Boolean.parseBoolean(words[1]));
    }

    void kill() {
        jvm.kill();
    }

    /** Waits until the kernel has given its word. */
    void awaitDeath(Domain observer) throws Exception {
        awaitDeath(jvm, observer);
    }

    static void awaitDeath(ForkedJvm jvm, Domain observer) throws Exception {
        Conditions.await(
                "it is dead",
                Passage.LIMIT,
                () -> observer.participants().stream().noneMatch(participant -> participant.pid() == jvm.pid()));
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The other process; ends with its standard input. */
    static final class Main {
        private static Domain domain;
        private static MappedReadWriteLock lock;

        public static void main(String[] arguments) throws Exception {
            Map<String, Actor> actors = new HashMap<>();
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.strip().split(" ", -1);
                if (words[0].equals(OPEN)) {
                    say(REPLY + OPEN + " " + open(words));
                } else {
                    actors.computeIfAbsent(words[0], Actor::start).commands.add(words);
                }
            }
            System.exit(0); // whatever its threads wait for
        }

        private static void say(String line) {
            synchronized (System.out) {
                System.out.println(line);
            }
        }

        private static String open(String[] words) {
            try {
                domain = Domain.open(Path.of(words[1]));
                MappedReadWriteLock.Builder builder = MappedReadWriteLock.named(words[2]);
                Mending mending = Mending.valueOf(words[3]);
                if (mending != Mending.NONE) {
                    builder.repair(deaths -> mend(mending, deaths));
                }
                lock = builder.open(domain);
                return "opened";
            } catch (Exception e) {
                return FAILED + e;
            }
        }

        private static void mend(Mending mending, Repair.Deaths deaths) {
            say(REPAIR + deaths.writerDied() + " " + deaths.readersDied());
            if (mending == Mending.FAIL) {
                throw new IllegalArgumentException("cannot mend");
            }
            if (mending == Mending.HANG) {
                await(new CountDownLatch(1));
            }
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One thread of the other process. */
    private static final class Actor {
        private final String name;
        private final BlockingQueue<String[]> commands = new LinkedBlockingQueue<>();
        private final ArrayDeque<Hold> holds = new ArrayDeque<>();

        private Actor(String name) {
            this.name = name;
        }

        static Actor start(String name) {
            Actor actor = new Actor(name);
            Thread thread = new Thread(actor::run, name);
            thread.setDaemon(true);
            thread.start();
            return actor;
        }

        private void run() {
            while (true) {
                String answer;
                try {
                    answer = obey(commands.take());
                } catch (Exception | AssertionError e) {
                    answer = FAILED + e.getClass().getSimpleName() + ": " + e.getMessage();
                }
                Main.say(REPLY + name + " " + answer);
            }
        }

        private String obey(String[] words) throws Exception {
            return switch (words[1]) {
                case "read", "write", "read-for", "write-for", "try-read", "try-write", "read-async", "write-async" ->
                    keep(acquire(words));
                case "view-read" -> {
                    Main.lock.asReadWriteLock().readLock().lock();
                    yield "locked";
                }
                case "view-write" -> {
                    Main.lock.asReadWriteLock().writeLock().lock();
                    yield "locked";
                }
                case "unlock-read" -> {
                    Main.lock.asReadWriteLock().readLock().unlock();
                    yield "unlocked";
                }
                case "unlock-write" -> {
                    Main.lock.asReadWriteLock().writeLock().unlock();
                    yield "unlocked";
                }
                case "pass-read", "pass-write" ->
                    Passage.through(words[1].equals("pass-read") ? Main.lock.read() : Main.lock.write())
                            .text();
                case "mark" -> {
                    holds.element().markConsistent();
                    yield "marked";
                }
                case "close" -> {
                    holds.pop().close();
                    yield "closed";
                }
                case "crowd" -> crowd(Integer.parseInt(words[2]));
                case "write-again-and-again" -> writeAgainAndAgain(Long.parseLong(words[2]));
                default -> throw new IllegalArgumentException(String.join(" ", words));
            };
        }

        private static @Nullable Hold acquire(String[] words) throws Exception {
            MappedReadWriteLock lock = Main.lock;
            return switch (words[1]) {
                case "read" -> lock.read();
                case "write" -> lock.write();
                case "read-for" -> lock.read(Duration.ofMillis(Long.parseLong(words[2])));
                case "write-for" -> lock.write(Duration.ofMillis(Long.parseLong(words[2])));
                case "try-read" -> lock.tryRead();
                case "try-write" -> lock.tryWrite();
                case "read-async" -> lock.readAsync().get(60, TimeUnit.SECONDS);
                case "write-async" -> lock.writeAsync().get(60, TimeUnit.SECONDS);
                default -> throw new IllegalArgumentException(words[1]);
            };
        }

        private String keep(@Nullable Hold hold) {
            if (hold == null) {
                return "null";
            }
            String answer = Got.of(hold).text();
            holds.push(hold);
            return answer;
        }

        /** Read holds of many threads and of every kind, which stay. */
        private static String crowd(int size) throws Exception {
            CountDownLatch holding = new CountDownLatch(size);
            for (int i = 0; i < size; i++) {
                int kind = i % 3;
                Thread thread = new Thread(() -> holdForEver(kind, holding), "crowd-" + i);
                thread.setDaemon(true);
                thread.start();
            }
            return holding.await(60, TimeUnit.SECONDS) ? "crowded" : FAILED + "not all hold";
        }

        private static void holdForEver(int kind, CountDownLatch holding) {
            switch (kind) {
                case 0 -> Main.lock.asReadWriteLock().readLock().lock();
                case 1 -> Main.lock.read();
                default -> Main.lock.readAsync().join();
            }
            holding.countDown();
            Main.await(new CountDownLatch(1));
        }

        private String writeAgainAndAgain(long patienceMicros) throws InterruptedException {
            Main.say(REPLY + name + " begun");
            while (true) {
                try (Hold hold = Main.lock.write(Duration.ofNanos(patienceMicros * 1000))) {
                    hold.ensureValid();
                } catch (LockTimeoutException e) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
