package io.sluice.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.ForkedJvm;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A full file system without the right to mount one: the kernel lets the process write no file of more than a few
 * megabytes, so that the write fails in its midst, and what is asked for is more than the file system has free.
 */
@Tag("process")
class NoSpaceTest {
    private static final List<String> LIMITED_FILE_SIZE = List.of("/bin/sh", "-c", "ulimit -f 4096; exec \"$@\"", "sh");
    private static final long GIGABYTE = 1L << 30;

    private final TemporaryDomain directory = new TemporaryDomain();

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    @Test
    void create_moreThanTheFileSystemHas_saysBothNumbersAndLeavesNothing() throws Exception {
        long before = usableBytes();
        long needed = before + 64 * GIGABYTE;
        String[] words = create(needed).split(" ", -1);

        assertThat(words[0]).isEqualTo("NoSpaceException");
        assertThat(words[1]).isEqualTo("neededBytes=" + needed);
        assertThat(words[2]).startsWith("availableBytes=");
        long available = Long.parseLong(words[2].substring("availableBytes=".length()));
        assertThat(available).isBetween(1L, needed - 1);
        assertThat(words[3]).isEqualTo("left=[]");
    }

    @Test
    void create_moreThanTheFileSystemHas_messageNamesPathAndNumbers() throws Exception {
        long needed = usableBytes() + 64 * GIGABYTE;
        String message = create(needed).replaceFirst(".* message=", "");

        assertThat(message)
                .matches("no space for a shared file: path=" + directory.parent() + "/\\.?[a-z-]*file, neededBytes="
                        + needed + ", availableBytes=[0-9]+");
    }

    @Test
    void create_writeFailsThoughThereIsSpace_isAnotherIoExceptionAndLeavesNothing() throws Exception {
        String[] words = create(16 << 20).split(" ", -1);

        assertThat(words[0]).isEqualTo("IOException");
        assertThat(words[1]).isEqualTo("left=[]");
    }

    private String create(long length) throws InterruptedException {
        try (ForkedJvm fork = ForkedJvm.startUnder(
                LIMITED_FILE_SIZE,
                List.of("-XX:-UsePerfData"),
                Creator.class,
                directory.parent().resolve("file").toString(),
                String.valueOf(length))) {
            return fork.awaitLine("result:");
        }
    }

    private long usableBytes() throws IOException {
        return Files.getFileStore(directory.parent()).getUsableSpace();
    }

    static final class Creator {
        public static void main(String[] arguments) throws IOException {
            Path file = Path.of(arguments[0]);
            Layout layout = FileHeader.declare(Layout.named("test")).end();
            FileType.Owners none = new FileType.Owners(0, 0, 0);
            FileType type = new FileType("test", "SLUICETS", 1, layout, none);
            MappedFile.Plan plan = new MappedFile.Plan(type, Long.parseLong(arguments[1]), words -> {});
            String result = "created";
            try {
                MappedFile.create(file, plan, PosixFilePermissions.fromString("rw-------"));
            } catch (NoSpaceException e) {
                result = "NoSpaceException neededBytes=" + e.neededBytes() + " availableBytes=" + e.availableBytes()
                        + left(file) + " message=" + e.getMessage();
            } catch (IOException e) {
                result = e.getClass().getSimpleName() + left(file);
            }
            System.out.println("result:" + result);
        }

        private static String left(Path file) throws IOException {
            try (Stream<Path> files = Files.list(file.getParent())) {
                return " left=" + files.map(Path::getFileName).toList();
            }
        }
    }
}
