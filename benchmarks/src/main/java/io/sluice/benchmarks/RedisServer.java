package io.sluice.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A Redis of its own, from the binary in this jar: on a free port of the loopback address, nothing written to disk. */
final class RedisServer implements LockServer {
    private static final String VERSION = "7.0.15";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int KILL_SECONDS = 10;

    private final Path binary;
    private final int port;
    private final Process process;

    private RedisServer(Path binary, int port, Process process) {
        this.binary = binary;
        this.port = port;
        this.process = process;
    }

    static RedisServer start(Path directory) {
        try {
            Path binary = unpack();
            int port = freePort();
            Process process = new ProcessBuilder(List.of(
                            binary.toString(),
                            "--port",
                            String.valueOf(port),
                            "--bind",
                            "127.0.0.1",
                            "--dir",
                            directory.toString(),
                            "--save",
                            "",
                            "--appendonly",
                            "no"))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("redis.log").toFile())
                    .start();
            RedisServer server = new RedisServer(binary, port, process);
            server.awaitAnswer();
            return server;
        } catch (IOException e) {
            throw new TrialException("cannot start Redis", e);
        }
    }

    /** Not where the workspace is: memory is often mounted without the right to execute. */
    private static Path unpack() throws IOException {
        String resource = "/redis-server-" + VERSION + "-" + platform();
        try (InputStream in = RedisServer.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new TrialException("no Redis for this platform: resource=" + resource);
            }
            Path binary = Files.createTempFile("sluice-redis-server-", "");
            binary.toFile().deleteOnExit();
            Files.write(binary, in.readAllBytes());
            Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwx------"));
            return binary;
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String arch = System.getProperty("os.arch", "");
        return os + "-" + (arch.equals("aarch64") || arch.equals("arm64") ? "arm64" : "amd64");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitAnswer() {
        long start = System.nanoTime();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() - start > PATIENCE_NANOS) {
                close();
                throw new TrialException("Redis does not start: port=" + port);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private boolean answers() {
        try (RedisLine line = new RedisLine(port)) {
            return line.ask("PING").equals("+PONG");
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public String address() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                throw new TrialException("Redis does not end: pid=" + process.pid());
            }
            Files.deleteIfExists(binary);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
