package io.sluice.rwlock;

import io.sluice.shm.os.Futex;
import io.sluice.shm.testing.Conditions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** An actor in this JVM. */
final class LocalActor implements Actor {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** So often must a thread have been seen asleep in a row: it may sleep a moment inside the lock's own queues. */
    private static final int LOOKS = 5;

    /** Of the stack, that are looked at. */
    private static final int FRAMES = 12;

    private final String name;
    private final LockCommands commands;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile CompletableFuture<String> answer = CompletableFuture.completedFuture("");
    private volatile boolean begun;
    private volatile boolean ended;

    LocalActor(String name, LockCommands commands, boolean virtual) throws ReflectiveOperationException {
        this.name = name;
        this.commands = commands;
        this.thread = virtual ? startVirtual(this::run) : start(this::run, name);
    }

    private static Thread start(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static Thread startVirtual(Runnable task) throws ReflectiveOperationException {
        Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        return (Thread) start.invoke(null, task);
    }

    private void run() {
        while (!ended) {
            try {
                tasks.take().run();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted between commands: actor=" + name, e);
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start(String command) {
        start(command, ignored -> {});
    }

    /** Begins a command, whose answer {@code listener} gets in the actor's thread. */
    void start(String command, Consumer<String> listener) {
        if (!hasAnswered()) {
            throw new IllegalStateException("is busy: actor=" + name + ", command=" + command);
        }
        CompletableFuture<String> next = new CompletableFuture<>();
        begun = false;
        answer = next;
        tasks.add(() -> {
            begun = true;
            String text = commands.answer(command);
            next.complete(text);
            listener.accept(text);
        });
    }

    @Override
    public boolean hasAnswered() {
        return answer.isDone();
    }

    @Override
    public String answer() throws Exception {
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            AssertionError error = new AssertionError("does not answer: actor=" + name + ", limit=" + PATIENCE);
            error.setStackTrace(thread.getStackTrace());
            throw error;
        }
    }

    @Override
    public void awaitBlocked() throws Exception {
        Conditions.await("command begins: actor=" + name, PATIENCE, () -> begun);
        int[] looks = {0};
        Conditions.await("waits: actor=" + name, PATIENCE, () -> {
            looks[0] = isAsleep() ? looks[0] + 1 : 0;
            return hasAnswered() || looks[0] == LOOKS;
        });
        if (hasAnswered()) {
            throw new AssertionError("did not wait: actor=" + name + ", answer=" + answer());
        }
    }

    /** Not by the state of the thread alone: one that waits for a class to be loaded sleeps, too. */
    private boolean isAsleep() {
        return Arrays.stream(thread.getStackTrace()).limit(FRAMES).anyMatch(LocalActor::isSleep);
    }

    private static boolean isSleep(StackTraceElement frame) {
        return (frame.getClassName().equals(LockSupport.class.getName())
                        && frame.getMethodName().startsWith("park"))
                || (frame.getClassName().equals(Futex.class.getName())
                        && frame.getMethodName().equals("await"));
    }

    @Override
    public void interrupt() {
        thread.interrupt();
    }

    /** Has the thread end after its present command. */
    void end() {
        tasks.add(() -> ended = true);
    }

    void awaitEnd() throws InterruptedException {
        Conditions.join(thread, PATIENCE);
    }
}
