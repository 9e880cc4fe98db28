package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.testing.Conditions;
import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class MappedFencedResourceTest extends FencedResourceContract {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int CAPACITY = 64;

    private TemporaryDomain directory;
    private Domain domain;

    @Override
    FencedResource open(String name) throws IOException {
        return MappedFencedResource.open(domain, name, CAPACITY);
    }

    /** Before the set-up of the contract, which opens the resource: methods of a subclass run later. */
    @BeforeEach
    @Override
    void openResource() throws Exception {
        directory = new TemporaryDomain();
        domain = directory.open();
        super.openResource();
    }

    @AfterEach
    @Override
    void closeResource() {
        super.closeResource();
        domain.close();
        directory.close();
    }

    @Test
    void open_withAnotherCapacity_isRefused() {
        assertThatThrownBy(() -> MappedFencedResource.open(domain, "book", 65))
                .isInstanceOf(IncompatibleFileException.class)
                .hasMessageContaining("capacity=64, expectedCapacity=65");
        assertThatThrownBy(() -> MappedFencedResource.open(domain, "book", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("capacity must be 1 to 65536: resource=book, capacity=0");
    }

    @Test
    void write_ofALongerValue_isRefused() throws Exception {
        try (FencedResource resource = open("book")) {
            assertThatThrownBy(() -> resource.write(1, new byte[65]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("value is too long: resource=book, length=65, capacity=64");
        }
    }

    @Test
    void open_moreOftenThanThereAreEntries_isRefusedUntilOneIsClosed() throws Exception {
        List<FencedResource> opened = new ArrayList<>();
        for (int i = 0; i < FencedLayout.USERS - 1; i++) { // the contract's own is one more
            opened.add(open("book"));
        }
        assertThatThrownBy(() -> open("book"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("resource is open too often")
                .hasMessageEndingWith("max=64");
        opened.remove(7).close();
        opened.add(open("book"));
        opened.forEach(FencedResource::close);
    }

    @Test
    void delete_whileOpen_isRefused_andForgetsTheTokenElse() throws Exception {
        assertThatThrownBy(() -> MappedFencedResource.delete(domain, "book")).isInstanceOf(ResourceBusyException.class);
        try (FencedResource other = open("page")) {
            other.write(5, bytes("x"));
        }
        assertThat(MappedFencedResource.delete(domain, "page")).isTrue();
        assertThat(MappedFencedResource.delete(domain, "page")).isFalse();
        try (FencedResource other = open("page")) {
            assertThat(other.token()).isZero();
        }
    }

    @Test
    void closeOfTheDomain_closesTheResource() throws Exception {
        FencedResource other = open("page");
        domain.close();
        assertThatThrownBy(other::read).isInstanceOf(IllegalStateException.class);
    }

    /** Each writer's values tell their token in every word: a torn or a stale one shows. */
    @Test
    void read_whileThreadsWrite_seesWholeValuesOfRisingTokens() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            FencedResource own = open("book");
            int parity = i;
            Thread writer = new Thread(
                    () -> {
                        try (own) {
                            for (long token = 2L + parity; !stop.get(); token += 2) {
                                writeIfNotOvertaken(own, token);
                            }
                        }
                    },
                    "writer-" + i);
            writer.start();
            writers.add(writer);
        }
        try (FencedResource reader = open("book")) {
            long last = 0;
            int rounds = Stress.choose(200_000, 5_000_000);
            for (int i = 0; i < rounds; i++) {
                long token = tokenIn(reader.read());
                assertThat(token).isGreaterThanOrEqualTo(last);
                last = token;
            }
            assertThat(last).isPositive();
        } finally {
            stop.set(true);
            for (Thread writer : writers) {
                Conditions.join(writer, LIMIT);
            }
        }
    }

    static void writeIfNotOvertaken(FencedResource resource, long token) {
        ByteBuffer value = ByteBuffer.allocate(CAPACITY);
        while (value.hasRemaining()) {
            value.putLong(token);
        }
        try {
            resource.write(token, value.array());
        } catch (StaleTokenException overtaken) {
            assertThat(overtaken.highest()).isGreaterThan(token);
        }
    }

    /** The token that all words of a value tell; 0 for an empty one. */
    static long tokenIn(byte[] value) {
        ByteBuffer words = ByteBuffer.wrap(value);
        long token = words.hasRemaining() ? words.getLong() : 0;
        while (words.hasRemaining()) {
            assertThat(words.getLong()).isEqualTo(token);
        }
        return token;
    }

    /** Its heir takes the entry over, with what the dead one was writing in it. */
    @Test
    @Tag("kill")
    void write_killedAnywhere_leavesAWholeValueThatNeverFallsBack() throws Exception {
        Random random = new Random(Seed.next("MappedFencedResourceTest"));
        try (FencedResource resource = open("book")) {
            long last = 0;
            for (int i = 0; i < Stress.choose(10, 200); i++) {
                try (ForkedJvm writer =
                        ForkedJvm.start(Writer.class, directory.path().toString())) {
                    writer.awaitLine("writing");
                    long end = System.nanoTime() + random.nextInt(20_000_000);
                    while (System.nanoTime() < end) {
                        long token = tokenIn(resource.read());
                        assertThat(token).isGreaterThanOrEqualTo(last);
                        last = token;
                    }
                }
                long token = tokenIn(resource.read());
                assertThat(token).isGreaterThanOrEqualTo(last).isEqualTo(resource.token());
                last = token;
            }
            assertThat(last).isPositive();
        }
    }

    /** Writes, with rising tokens, until it is killed. */
    static final class Writer {
        public static void main(String[] arguments) throws IOException {
            try (Domain domain = Domain.open(Path.of(arguments[0]));
                    FencedResource resource = MappedFencedResource.open(domain, "book", CAPACITY)) {
                System.out.println("writing");
                for (long token = resource.token() + 1; token > 0; token++) {
                    writeIfNotOvertaken(resource, token);
                }
            }
        }
    }
}
