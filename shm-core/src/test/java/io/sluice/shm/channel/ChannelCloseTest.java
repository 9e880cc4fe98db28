package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing while others are at work, and what is left afterwards. */
@Tag("process")
class ChannelCloseTest {
    private static final int ROUNDS = 10_000;

    @ParameterizedTest
    @ValueSource(strings = {"-Dsluice.natives=on", "-Dsluice.natives=off", "-Dsluice.fences=full"})
    void close_underFireNeverCrashesTheJvm(String setting) throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                ForkedJvm jvm = ForkedJvm.start(
                        List.of(setting, "-XX:TieredStopAtLevel=4"),
                        UnderFire.class,
                        directory.path().toString())) {
            assertThat(jvm.awaitLine("closed")).isEqualTo(Integer.toString(ROUNDS));
            assertThat(jvm.awaitExit()).as(() -> jvm.output().toString()).isZero();
        }
    }

    @Test
    void openAndClose_leaveNoDescriptorNoMappingAndNoFile() throws Exception {
        try (TemporaryDomain directory = new TemporaryDomain();
                Domain domain = directory.open()) {
            cycle(domain, 100);
            long descriptors = lines(Path.of("/proc/self/fd"));
            long mappings = sluiceMappings();
            cycle(domain, ROUNDS);
            assertThat(sluiceMappings()).isEqualTo(mappings);
            assertThat(lines(Path.of("/proc/self/fd"))).isLessThanOrEqualTo(descriptors + 2);
            try (Stream<Path> files = Files.list(directory.path())) {
                assertThat(files.map(path -> path.getFileName().toString()))
                        .containsExactlyInAnyOrder("domain", "domain.lock", "live", "ticks.channel");
            }
        }
    }

    private static void cycle(Domain domain, int rounds) throws IOException {
        for (int i = 0; i < rounds; i++) {
            try (Channel channel = Channel.named("ticks").capacity(4096).open(domain);
                    Publication out = channel.publish();
                    Subscription in = channel.subscribe()) {
                out.claim(8);
                out.commit();
                assertThat(in.poll((buffer, offset, length, header) -> {}, 10)).isPositive();
                out.close();
                assertThat(in.poll((buffer, offset, length, header) -> {}, 10)).isEqualTo(Subscription.END_OF_STREAM);
            }
        }
    }

    private static long lines(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    private static long sluiceMappings() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.filter(line -> line.contains("ticks.channel")).count();
        }
    }

    /** One thread sends and receives for all it is worth, another closes what it uses. */
    static final class UnderFire {
        private record Ends(Channel channel, Publication out, Subscription in) {}

        private UnderFire() {}

        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws Exception {
            AtomicReference<Ends> target = new AtomicReference<>();
            Thread user = new Thread(() -> use(target));
            user.setDaemon(true);
            user.start();
            Random random = new Random();
            try (Domain domain = Domain.open(Path.of(arguments[0]))) {
                for (int i = 0; i < ROUNDS; i++) {
                    Channel channel = Channel.named("ticks").capacity(4096).open(domain);
                    Ends ends = new Ends(channel, channel.publish(), channel.subscribe());
                    target.set(ends);
                    for (int pause = random.nextInt(2_000); pause > 0; pause--) {
                        Thread.onSpinWait();
                    }
                    if (random.nextBoolean()) {
                        channel.close();
                    } else {
                        ends.in.close();
                        ends.out.close();
                        channel.close();
                    }
                    // the next round needs the publisher word: an operation under way ends first
                    while (target.get() != null) {
                        LockSupport.parkNanos(1_000);
                    }
                }
                System.out.println("closed " + ROUNDS);
            }
        }

        private static void use(AtomicReference<Ends> target) {
            while (true) {
                Ends ends = target.get();
                if (ends == null) {
                    LockSupport.parkNanos(1_000);
                    continue;
                }
                try {
                    for (int i = 0; ; i++) {
                        int index = i % 2 == 0 ? ends.out.claim(100) : ends.out.claim(100, Duration.ZERO);
                        if (index > 0 && i % 16 == 0) {
                            ends.out.abort();
                        } else if (index > 0) {
                            ends.out.commit();
                        }
                        ends.in.receive(
                                (buffer, offset, length, header) -> buffer.getLong(offset), 3, Duration.ofMillis(1));
                    }
                } catch (IllegalStateException closed) {
                    closeAll(ends);
                } catch (InterruptedException e) {
                    return;
                }
                target.compareAndSet(ends, null);
            }
        }

        private static void closeAll(Ends ends) {
            ends.in.close();
            ends.out.close();
        }
    }
}
