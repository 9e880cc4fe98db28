package io.sluice.shm.os;

import com.sun.jna.NativeLibrary;
import io.sluice.shm.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/** Another process that takes, probes and releases locks of one form when told to. */
final class LockPeer implements AutoCloseable {
    private static final String REPLY = "reply:";

    private final ForkedJvm jvm;

    private LockPeer(ForkedJvm jvm) {
        this.jvm = jvm;
    }

    static LockPeer start(KernelLocks form) {
        return new LockPeer(ForkedJvm.start(Main.class, form == OfdLocks.INSTANCE ? "ofd" : "java"));
    }

    boolean tryLock(Path file) throws InterruptedException {
        return Boolean.parseBoolean(ask("lock " + file));
    }

    boolean isHeld(Path file) throws InterruptedException {
        return Boolean.parseBoolean(ask("held " + file));
    }

    /** As a watcher does for a moment: a lock that does not exclude other readers. */
    void lockShared(Path file) throws InterruptedException {
        ask("shared " + file);
    }

    void release(Path file) throws InterruptedException {
        ask("release " + file);
    }

    /** Starts {@code sleep} by the Java way to start processes; its PID. */
    long forkByJava() throws InterruptedException {
        return Long.parseLong(ask("fork-java 30"));
    }

    /** Starts {@code sleep} as native code does, which closes no descriptors. */
    void forkByNativeCode(Path pidFile) throws InterruptedException {
        ask("fork-native " + pidFile);
    }

    ForkedJvm jvm() {
        return jvm;
    }

    private String ask(String command) throws InterruptedException {
        jvm.send(command);
        return jvm.awaitLine(REPLY);
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The other process; ends with its standard input. */
    static final class Main {
        private static final Map<String, KernelLocks.Held> HELD = new HashMap<>();

        public static void main(String[] arguments) throws Exception {
            KernelLocks locks = arguments[0].equals("ofd") ? OfdLocks.INSTANCE : JavaLocks.INSTANCE;
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.split(" ", 2);
                System.out.println(REPLY + obey(locks, words[0], words[1]));
            }
        }

        private static String obey(KernelLocks locks, String command, String argument) throws IOException {
            return switch (command) {
                case "lock" -> lock(locks, argument);
                case "held" -> String.valueOf(locks.isHeld(Path.of(argument)));
                case "shared" -> lockShared(argument);
                case "release" -> release(argument);
                case "fork-java" ->
                    String.valueOf(new ProcessBuilder("sleep", argument).start().pid());
                case "fork-native" -> forkByNativeCode(argument);
                default -> throw new IllegalArgumentException(command);
            };
        }

        private static String lock(KernelLocks locks, String file) throws IOException {
            KernelLocks.Held held = locks.tryLock(Path.of(file), 0600);
            if (held != null) {
                HELD.put(file, held);
            }
            return String.valueOf(held != null);
        }

        private static String lockShared(String file) throws IOException {
            FileChannel channel = FileChannel.open(Path.of(file), StandardOpenOption.READ);
            HELD.put(file, channel::close);
            return String.valueOf(channel.tryLock(0, Long.MAX_VALUE, true) != null);
        }

        private static String release(String file) throws IOException {
            HELD.remove(file).close();
            return "released";
        }

        private static String forkByNativeCode(String pidFile) {
            Object[] command = {"sleep 30 >/dev/null 2>&1 </dev/null & echo $! > " + pidFile};
            return String.valueOf(
                    NativeLibrary.getInstance("c").getFunction("system").invokeInt(command));
        }
    }
}
