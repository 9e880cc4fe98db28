package io.sluice.dist;

import io.sluice.rwlock.Hold;
import io.sluice.shm.Domain;
import io.sluice.shm.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/**
 * A JVM with a client of its own, one lock, and resources that the lock guards. It obeys:
 *
 * <pre>
 *   write, read   waits for a hold; answers its token
 *   close         of the hold
 *   isValid, losses
 *   put           writes the token to all resources, unlooked; answers how the fenced ones took it
 *   reads MILLIS  reads again and again, each for so long, without a pause; never answers again
 * </pre>
 */
final class LockProcess implements AutoCloseable {
    static final String NAME = "book";
    static final int CAPACITY = 32;

    /** Of the resource in Redis, and of the one that nothing guards. */
    static final String FENCED = "fenced";

    static final String UNFENCED = "unfenced";

    private static final String ANSWER = "answer ";

    private final ForkedJvm jvm;

    private LockProcess(ForkedJvm jvm) {
        this.jvm = jvm;
    }

    /** {@code domain}: where the resource in shared memory lies. */
    static LockProcess start(String address, Duration lease, Path domain) throws InterruptedException {
        ForkedJvm jvm = ForkedJvm.start(
                List.of("-Xmx128m"), Main.class, address, String.valueOf(lease.toMillis()), domain.toString());
        LockProcess process = new LockProcess(jvm);
        process.answer();
        return process;
    }

    static DistributedReadWriteLock open(RedissonClient client, Duration lease) {
        return DistributedReadWriteLock.named(NAME).lease(lease).open(client);
    }

    String ask(String command) throws InterruptedException {
        begin(command);
        return answer();
    }

    void begin(String command) {
        jvm.send(command);
    }

    String answer() throws InterruptedException {
        return jvm.awaitLine(ANSWER);
    }

    /** SIGKILL, and waits for its end. */
    void kill() throws InterruptedException {
        jvm.kill();
        jvm.awaitExit();
    }

    void stop() throws InterruptedException {
        jvm.stop();
    }

    void resume() throws InterruptedException {
        jvm.resume();
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The JVM's main class. Arguments: address, lease in milliseconds, directory of the domain. */
    static final class Main {
        private final DistributedReadWriteLock lock;
        private final FencedResource mapped;
        private final FencedResource redis;
        private final RedissonClient client;
        private final AtomicInteger losses = new AtomicInteger();
        private Hold hold;

        private Main(String address, Duration lease, Path domain) throws IOException {
            client = RedisClients.single(address);
            lock = open(client, lease);
            mapped = MappedFencedResource.open(Domain.open(domain), FENCED, CAPACITY);
            redis = RedisFencedResource.open(client, FENCED);
        }

        public static void main(String[] arguments) throws Exception {
            Duration lease = Duration.ofMillis(Long.parseLong(arguments[1]));
            new Main(arguments[0], lease, Path.of(arguments[2])).run();
        }

        private void run() throws IOException {
            System.out.println(ANSWER + "ready");
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String answer;
                try {
                    answer = obey(line.split(" ", -1));
                } catch (RuntimeException e) {
                    answer = e.toString();
                }
                System.out.println(ANSWER + answer);
            }
            System.exit(0);
        }

        private String obey(String[] words) {
            return switch (words[0]) {
                case "write" -> keep(lock.write());
                case "read" -> keep(lock.read());
                case "close" -> {
                    hold.close();
                    yield "closed";
                }
                case "isValid" -> String.valueOf(hold.isValid());
                case "losses" -> losses.toString();
                case "put" -> put(String.valueOf(hold.token()));
                case "reads" -> reads(Duration.ofMillis(Long.parseLong(words[1])));
                default -> throw new IllegalArgumentException("command=" + words[0]);
            };
        }

        private String keep(Hold granted) {
            hold = granted;
            hold.onLost(losses::incrementAndGet);
            return String.valueOf(hold.token());
        }

        private String put(String value) {
            client.getBucket(UNFENCED, StringCodec.INSTANCE).set(value);
            return put(mapped, value) + " " + put(redis, value);
        }

        private String put(FencedResource resource, String value) {
            try {
                resource.write(hold.token(), value.getBytes(StandardCharsets.UTF_8));
                return "done";
            } catch (StaleTokenException e) {
                return "stale";
            }
        }

        private String reads(Duration each) {
            System.out.println(ANSWER + "reading");
            while (true) {
                try (Hold ignored = lock.read()) {
                    long end = System.nanoTime() + each.toNanos();
                    for (long left = each.toNanos(); left > 0; left = end - System.nanoTime()) {
                        LockSupport.parkNanos(left);
                    }
                }
            }
        }
    }
}
