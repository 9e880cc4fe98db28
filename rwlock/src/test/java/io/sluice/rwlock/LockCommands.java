package io.sluice.rwlock;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * Obeys text commands on one lock, each in the thread that calls, and answers with text. Holds, futures and views have
 * names, which the actors of a site share.
 *
 * <pre>
 *   read HOLD [TIME]      readInterruptibly HOLD     tryRead HOLD       nested HOLD NEW
 *   write HOLD [TIME]     writeInterruptibly HOLD    tryWrite HOLD      downgrade HOLD NEW
 *   readAsync FUTURE [TIME]    writeAsync FUTURE [TIME]    isDone FUTURE    cancel FUTURE
 *   await FUTURE          the hold then has the future's name
 *   close HOLD    token HOLD    mode HOLD    isValid HOLD    ensureValid HOLD    watchLoss HOLD    losses
 *   previousOwnerDied HOLD    readersDied HOLD    markConsistent HOLD
 *   VIEW.MODE.OPERATION [TIME]    VIEW is: view (kept from the beginning), fresh, own (ofCurrentThread), or a lent one
 *   lend VIEW             keeps ofCurrentThread under that name
 *   optimistic    validate STAMP    describe    parties    pid    closeLock
 *   counters      count TIME SEED   reads and writes in all ways, on the counters that the lock guards
 *   interrupted COMMAND   sets the thread's interrupt status before
 *   repeat N COMMAND      with # for the number of the turn
 * </pre>
 */
final class LockCommands {
    private static final Duration PATIENCE = LocalActor.PATIENCE;

    private final FencedReadWriteLock lock;
    private final Counters counters;
    private final ReadWriteLock view;
    private final Map<String, Hold> holds = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Hold>> futures = new ConcurrentHashMap<>();
    private final Map<String, ReadWriteLock> views = new ConcurrentHashMap<>();
    private final AtomicInteger losses = new AtomicInteger();

    LockCommands(FencedReadWriteLock lock, Counters counters) {
        this.lock = lock;
        this.view = lock.asReadWriteLock();
        this.counters = counters;
    }

    String answer(String command) {
        String answer;
        try {
            answer = String.valueOf(obey(command.split(" ", -1)));
        } catch (ExecutionException e) {
            answer = text(e.getCause());
        } catch (Exception | AssertionError e) {
            answer = text(e);
        }
        return answer.strip().replace("\n", "\\n") + (Thread.interrupted() ? Actor.INTERRUPTED : "");
    }

    private static String text(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        return failure.getMessage() == null ? name : name + ": " + failure.getMessage();
    }

    void closeHolds() {
        holds.values().forEach(Hold::close);
        futures.values().forEach(future -> {
            if (!future.cancel(false) && !future.isCompletedExceptionally()) {
                future.join().close();
            }
        });
    }

    private Object obey(String[] words) throws Exception {
        String verb = words[0];
        if (verb.contains(".")) {
            return obeyView(verb.split("\\.", -1), words);
        }
        return switch (verb) {
            case "read", "write", "readInterruptibly", "writeInterruptibly", "tryRead", "tryWrite" ->
                keep(words[1], acquire(words));
            case "nested" -> keep(words[2], hold(words[1]).read());
            case "downgrade" -> keep(words[2], hold(words[1]).downgrade());
            case "readAsync", "writeAsync" -> promise(words[1], acquireAsync(words));
            case "await" -> keep(words[1], futures.get(words[1]).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
            case "isDone" -> futures.get(words[1]).isDone();
            case "cancel" -> futures.get(words[1]).cancel(false);
            case "interrupted" -> {
                Thread.currentThread().interrupt();
                yield obey(rest(words, 1));
            }
            case "repeat" -> repeat(Integer.parseInt(words[1]), rest(words, 2));
            case "count" -> count(time(words[1]), Long.parseLong(words[2]));
            case "optimistic", "validate", "lend", "describe", "parties", "pid", "closeLock", "counters", "losses" ->
                obeyLock(words);
            default -> obeyHold(hold(words[1]), words[0]);
        };
    }

    private Hold acquire(String[] words) throws InterruptedException {
        boolean timed = words.length > 2;
        return switch (words[0]) {
            case "read" -> timed ? lock.read(time(words[2])) : lock.read();
            case "write" -> timed ? lock.write(time(words[2])) : lock.write();
            case "readInterruptibly" -> lock.readInterruptibly();
            case "writeInterruptibly" -> lock.writeInterruptibly();
            case "tryRead" -> lock.tryRead();
            default -> lock.tryWrite();
        };
    }

    private CompletableFuture<Hold> acquireAsync(String[] words) {
        boolean timed = words.length > 2;
        if (words[0].equals("readAsync")) {
            return timed ? lock.readAsync(time(words[2])) : lock.readAsync();
        }
        return timed ? lock.writeAsync(time(words[2])) : lock.writeAsync();
    }

    private String keep(String name, Hold hold) {
        if (hold == null) {
            return Actor.REFUSED;
        }
        Hold before = holds.put(name, hold);
        if (before != null && before.isValid()) {
            throw new IllegalArgumentException("is the name of an open hold: hold=" + name);
        }
        return Actor.DONE;
    }

    private String promise(String name, CompletableFuture<Hold> future) {
        futures.put(name, future);
        return Actor.DONE;
    }

    private Hold hold(String name) {
        Hold hold = holds.get(name);
        if (hold == null) {
            throw new IllegalArgumentException("no such hold: hold=" + name);
        }
        return hold;
    }

    private Object obeyHold(Hold hold, String verb) {
        return switch (verb) {
            case "close" -> done(hold::close);
            case "ensureValid" -> done(hold::ensureValid);
            case "markConsistent" -> done(hold::markConsistent);
            case "watchLoss" -> done(() -> hold.onLost(losses::incrementAndGet));
            case "token" -> hold.token();
            case "mode" -> hold.mode();
            case "isValid" -> hold.isValid();
            case "previousOwnerDied" -> hold.previousOwnerDied();
            case "readersDied" -> hold.readersDied();
            default -> throw unknown(verb);
        };
    }

    private Object obeyLock(String[] words) {
        return switch (words[0]) {
            case "optimistic" -> lock.tryOptimisticRead();
            case "validate" -> lock.validate(Long.parseLong(words[1]));
            case "lend" -> done(() -> views.put(words[1], lock.ofCurrentThread()));
            case "describe" -> lock.describe();
            case "parties" -> lock.parties();
            case "pid" -> ProcessHandle.current().pid();
            case "closeLock" -> done(lock::close);
            case "counters" -> counters;
            default -> losses;
        };
    }

    private static String done(Runnable action) {
        action.run();
        return Actor.DONE;
    }

    private static IllegalArgumentException unknown(String verb) {
        return new IllegalArgumentException("unknown command: verb=" + verb);
    }

    private static String[] rest(String[] words, int from) {
        return Arrays.copyOfRange(words, from, words.length);
    }

    private String repeat(int times, String[] command) throws Exception {
        String pattern = String.join(" ", command);
        for (int turn = 0; turn < times; turn++) {
            Object answer = obey(pattern.replace("#", String.valueOf(turn)).split(" ", -1));
            if (!answer.equals(Actor.DONE)) {
                throw new AssertionError("turn=" + turn + ", answer=" + answer);
            }
        }
        return Actor.DONE;
    }

    // ------------------------------------------------------------ views

    private String obeyView(String[] path, String[] words) throws InterruptedException {
        ReadWriteLock locks = switch (path[0]) {
            case "view" -> view;
            case "fresh" -> lock.asReadWriteLock();
            case "own" -> lock.ofCurrentThread();
            default -> views.get(path[0]);
        };
        Lock side = path[1].equals("read") ? locks.readLock() : locks.writeLock();
        return switch (path[2]) {
            case "lock" -> done(side::lock);
            case "unlock" -> done(side::unlock);
            case "lockInterruptibly" -> {
                side.lockInterruptibly();
                yield Actor.DONE;
            }
            case "tryLock" -> {
                boolean locked = words.length == 1
                        ? side.tryLock()
                        : side.tryLock(saturatedNanos(time(words[1])), TimeUnit.NANOSECONDS);
                yield locked ? Actor.DONE : Actor.REFUSED;
            }
            case "newCondition" -> side.newCondition().toString();
            default -> throw unknown(words[0]);
        };
    }

    /** A number with its unit, or {@code max}. */
    private static Duration time(String text) {
        if (text.equals("max")) {
            return Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        }
        String number = text.replaceAll("[a-z]+$", "");
        long value = Long.parseLong(number);
        return switch (text.substring(number.length())) {
            case "ns" -> Duration.ofNanos(value);
            case "us" -> Duration.ofNanos(value * 1000);
            case "ms" -> Duration.ofMillis(value);
            case "s" -> Duration.ofSeconds(value);
            default -> throw new IllegalArgumentException("time=" + text);
        };
    }

    private static long saturatedNanos(Duration time) {
        return time.toSeconds() > TimeUnit.NANOSECONDS.toSeconds(Long.MAX_VALUE) - 1 ? Long.MAX_VALUE : time.toNanos();
    }

    // ------------------------------------------------------------ counting

    /** How many writes there were, and how many reads found the counters unequal. */
    private String count(Duration time, long seed) throws Exception {
        Random random = new Random(seed);
        long start = System.nanoTime();
        long writes = 0;
        long torn = 0;
        while (System.nanoTime() - start < time.toNanos()) {
            boolean write = random.nextInt(4) == 0;
            try (AutoCloseable ignored = write ? writeSomehow(random.nextInt(5)) : readSomehow(random.nextInt(5))) {
                if (write) {
                    counters.increment();
                    writes++;
                } else if (!counters.areEqual()) {
                    torn++;
                }
            }
        }
        return "writes=" + writes + ", torn=" + torn;
    }

    private AutoCloseable writeSomehow(int way) throws Exception {
        return switch (way) {
            case 0 -> locked(view.writeLock());
            case 1 -> locked(lock.ofCurrentThread().writeLock());
            case 2 -> lock.writeAsync().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            case 3 -> writeAfterGivingUp();
            default -> lock.write();
        };
    }

    private Hold writeAfterGivingUp() throws InterruptedException {
        try {
            return lock.write(Duration.ofNanos(20_000));
        } catch (LockTimeoutException e) {
            return lock.write();
        }
    }

    private AutoCloseable readSomehow(int way) throws Exception {
        return switch (way) {
            case 0 -> locked(view.readLock());
            case 1 -> locked(lock.ofCurrentThread().readLock());
            case 2 -> lock.readAsync().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            case 3 -> readAfterGivingUp();
            default -> lock.read();
        };
    }

    private Hold readAfterGivingUp() throws InterruptedException {
        try {
            return lock.read(Duration.ofNanos(20_000));
        } catch (LockTimeoutException e) {
            return lock.write().downgrade();
        }
    }

    private static AutoCloseable locked(Lock side) {
        side.lock();
        return side::unlock;
    }
}
