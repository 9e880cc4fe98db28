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
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

    @Override
    void prepare() throws IOException {
        directory = new TemporaryDomain();
        domain = directory.open();
    }

    @Override
    void cleanUp() {
        domain.close();
        directory.close();
    }

    @Test
    void specification_holdsTheLayoutAsDeclared() throws IOException {
        assertThat(Files.readString(Path.of("PROTOCOL.md"))).contains(FencedLayout.LAYOUT.diagram());
    }

    @Test
    void read_ofADamagedFile_isAnException() throws Exception {
        try (FencedResource resource = open("book")) {
            resource.write(1, bytes("one"));
            try (RandomAccessFile file = new RandomAccessFile(
                    domain.directory().resolve("book.fenced").toFile(), "rw")) {
                for (int slot = 0; slot < FencedLayout.SLOTS; slot++) {
                    file.seek(FencedLayout.slot(slot, CAPACITY) + FencedLayout.LENGTH);
                    file.writeInt(-1);
                }
                assertThatThrownBy(resource::read)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageEndingWith("length=-1, capacity=64");
                for (int slot = 0; slot < FencedLayout.SLOTS; slot++) {
                    file.seek(FencedLayout.slot(slot, CAPACITY) + FencedLayout.VERSION);
                    file.writeLong(-1); // odd, whatever the byte order
                }
            }
            assertThatThrownBy(resource::read)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageEndingWith("turns=1000000");
        }
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

    /** Each value tells its token in every word: a torn or a stale one shows. */
    @Test
    void read_whileTwoWrite_seesWholeValuesOfRisingTokens() throws Exception {
        readWhileWriting(2, resource -> writeIfNotOvertaken(resource, resource.token() + 1));
    }

    /** The same, but one token covers many writes: what was current comes back with another value. */
    @Test
    void read_whileOneWritesUnderOneToken_seesWholeValuesInOrder() throws Exception {
        AtomicLong number = new AtomicLong();
        readWhileWriting(1, resource -> resource.write(1, filled(number.incrementAndGet())));
    }

    private void readWhileWriting(int writers, Consumer<FencedResource> write) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            FencedResource own = open("book");
            Runnable loop = () -> {
                try (own) {
                    while (!stop.get()) {
                        write.accept(own);
                    }
                }
            };
            threads.add(new Thread(loop, "writer-" + i));
        }
        threads.forEach(Thread::start);
        try (FencedResource reader = open("book")) {
            long last = 0;
            int rounds = Stress.choose(500_000, 10_000_000);
            for (int i = 0; i < rounds; i++) {
                long number = numberIn(reader.read());
                assertThat(number).isGreaterThanOrEqualTo(last);
                last = number;
            }
            assertThat(last).isPositive();
        } finally {
            stop.set(true);
            for (Thread thread : threads) {
                Conditions.join(thread, LIMIT);
            }
        }
    }

    private static void writeIfNotOvertaken(FencedResource resource, long token) {
        try {
            resource.write(token, filled(token));
        } catch (StaleTokenException overtaken) {
            assertThat(overtaken.highest()).isGreaterThan(token);
        }
    }

    private static byte[] filled(long number) {
        ByteBuffer value = ByteBuffer.allocate(CAPACITY);
        while (value.hasRemaining()) {
            value.putLong(number);
        }
        return value.array();
    }

    /** That all words of a value are; 0 for an empty one. */
    private static long numberIn(byte[] value) {
        ByteBuffer words = ByteBuffer.wrap(value);
        long number = words.hasRemaining() ? words.getLong() : 0;
        while (words.hasRemaining()) {
            assertThat(words.getLong()).isEqualTo(number);
        }
        return number;
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
                        long token = numberIn(resource.read());
                        assertThat(token).isGreaterThanOrEqualTo(last);
                        last = token;
                    }
                }
                long token = numberIn(resource.read());
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
