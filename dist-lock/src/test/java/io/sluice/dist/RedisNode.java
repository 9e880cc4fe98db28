package io.sluice.dist;

import io.sluice.shm.testing.Conditions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A Redis server of its own: on a free port of the loopback address, its files in a temporary directory, nothing written
 * to disk. Ends with {@link #close}, at the latest with this JVM.
 */
final class RedisNode implements AutoCloseable {
    static final String HOST = "127.0.0.1";

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "end Redis servers"));
    }

    private final int port;
    private final Path directory;
    private final List<String> options;
    private Process process;

    private RedisNode(int port, Path directory, List<String> options) throws Exception {
        this.port = port;
        this.directory = directory;
        this.options = options;
        launch();
    }

    /** Starts a server with further options in the manner of {@code --requirepass secret}, and waits until it answers. */
    static RedisNode start(String... options) throws Exception {
        return startOn(freePort(), options);
    }

    static RedisNode startOn(int port, String... options) throws Exception {
        Path directory = Files.createTempDirectory("sluice-redis-node-");
        return new RedisNode(port, directory, List.of(options));
    }

    /** Starts a sentinel that watches {@code primary} under the name {@code book}, alone. */
    static RedisNode startSentinel(RedisNode primary) throws Exception {
        Path directory = Files.createTempDirectory("sluice-redis-node-");
        Path config = directory.resolve("sentinel.conf");
        Files.writeString(config, """
                sentinel monitor book %s %d 1
                sentinel down-after-milliseconds book 1000
                sentinel failover-timeout book 2000
                """.formatted(HOST, primary.port));
        return new RedisNode(freePort(), directory, List.of(config.toString(), "--sentinel"));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void launch() throws Exception {
        List<String> command = new ArrayList<>();
        command.add(RedisBinary.path().toString());
        boolean sentinel = options.contains("--sentinel");
        if (sentinel) {
            command.addAll(options); // the configuration file has to come first
        }
        command.addAll(List.of("--port", String.valueOf(port), "--bind", HOST, "--dir", directory.toString()));
        if (!sentinel) {
            command.addAll(List.of("--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"));
            command.addAll(options);
        }
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        RUNNING.add(process);
        Conditions.await("Redis answers: port=" + port, LIMIT, this::answers);
    }

    private boolean answers() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("Redis ended: port=" + port + ", log=" + log());
        }
        try (RedisConnection connection = connect()) {
            String answer = connection.ask("PING");
            return answer.equals("PONG") || answer.startsWith("NOAUTH");
        } catch (IOException notYet) {
            return false;
        }
    }

    int port() {
        return port;
    }

    /** For Redisson: {@code redis://HOST:PORT}. */
    String address() {
        return "redis://" + HOST + ":" + port;
    }

    long pid() {
        return process.pid();
    }

    RedisConnection connect() throws IOException {
        return new RedisConnection(HOST, port);
    }

    /** The answer to one command over a connection of its own; see {@link RedisConnection#ask}. */
    String ask(String... command) {
        try (RedisConnection connection = connect()) {
            return connection.ask(command);
        } catch (IOException e) {
            throw new UncheckedIOException("no answer: port=" + port + ", command=" + List.of(command), e);
        }
    }

    /** False also while it cuts its connections, as one that is promoted does. */
    boolean isPrimary() {
        try (RedisConnection connection = connect()) {
            return connection.ask("ROLE").startsWith("master");
        } catch (IOException cut) {
            return false;
        }
    }

    /** The number that {@code field} has in {@code INFO section}. */
    long info(String section, String field) {
        return ask("INFO", section)
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> Long.parseLong(line.substring(field.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Its clock. */
    long micros() {
        String[] time = ask("TIME").split("\n", -1);
        return Long.parseLong(time[0]) * 1_000_000 + Long.parseLong(time[1]);
    }

    /** How often the command {@code name} was called; in a script too. */
    long calls(String name) {
        String marker = "cmdstat_" + name + ":calls=";
        return ask("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith(marker))
                .mapToLong(line -> Long.parseLong(line.substring(marker.length(), line.indexOf(','))))
                .findFirst()
                .orElse(0);
    }

    String log() throws IOException {
        return Files.readString(directory.resolve("log"));
    }

    /** SIGKILL, and waits for its end. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("Redis does not end: port=" + port + ", pid=" + process.pid());
        }
        RUNNING.remove(process);
    }

    /** Starts it again, empty, on the same port. */
    void startAgain() throws Exception {
        launch();
    }

    /** SIGSTOP: connections stay open and nobody answers. */
    void pause() throws Exception {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() throws Exception {
        signal("CONT");
    }

    private void signal(String signal) throws Exception {
        int exit = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("cannot send a signal: signal=" + signal + ", pid=" + process.pid());
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
        RedisBinary.delete(directory);
    }
}
