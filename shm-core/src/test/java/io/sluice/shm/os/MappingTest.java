package io.sluice.shm.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.OwnProcess;
import io.sluice.shm.testing.TemporaryDomain;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MappingTest {
    private static final int LENGTH = 3 * 4096;

    private final TemporaryDomain directory = new TemporaryDomain();
    private final Path file = directory.parent().resolve("mapped");

    @AfterEach
    void deleteDirectory() {
        directory.close();
    }

    @Test
    void of_file_mapsAllOfItInNativeOrder() throws IOException {
        Files.write(file, new byte[LENGTH]);
        try (Mapping mapping = Mapping.of(file)) {
            assertThat(mapping.buffer().capacity()).isEqualTo(LENGTH);
            assertThat(mapping.buffer().order()).isEqualTo(ByteOrder.nativeOrder());
            assertThat(mapping.buffer().isDirect()).isTrue();
            assertThat(mapping.address() != 0).isEqualTo(Natives.available());
        }
    }

    @Test
    void of_sameFileTwice_sharesTheMemory() throws IOException {
        Files.write(file, new byte[LENGTH]);
        try (Mapping one = Mapping.of(file);
                Mapping other = Mapping.of(file)) {
            one.buffer().putLong(4096, 42);

            assertThat(other.buffer().getLong(4096)).isEqualTo(42);
        }
    }

    @Test
    void close_writtenBytes_areInTheFile() throws IOException {
        Files.write(file, new byte[LENGTH]);
        try (Mapping mapping = Mapping.of(file)) {
            mapping.buffer().put(17, (byte) 42);
        }

        assertThat(Files.readAllBytes(file)[17]).isEqualTo((byte) 42);
    }

    @Test
    void of_thousandTimes_leavesNoDescriptorAndNoMapping() throws IOException {
        assumeTrue(OwnProcess.isReadable());
        Files.write(file, new byte[LENGTH]);
        for (int i = 0; i < 1_000; i++) {
            try (Mapping mapping = Mapping.of(file)) {
                mapping.buffer().put(i, (byte) 1);
            }
        }

        assertThat(OwnProcess.descriptorsUnder(directory.parent())).isEmpty();
        assertThat(OwnProcess.mappingsUnder(directory.parent())).isEmpty();
    }

    @Test
    void of_open_holdsAMappingButNoDescriptor() throws IOException {
        assumeTrue(OwnProcess.isReadable());
        Files.write(file, new byte[LENGTH]);
        try (Mapping mapping = Mapping.of(file)) {
            assertThat(mapping.buffer().capacity()).isEqualTo(LENGTH);
            assertThat(OwnProcess.descriptorsUnder(directory.parent())).isEmpty();
            assertThat(OwnProcess.mappingsUnder(directory.parent())).hasSize(1);
        }
    }

    @Test
    void of_emptyFile_hasNoMemory() throws IOException {
        Files.createFile(file);
        try (Mapping mapping = Mapping.of(file)) {
            assertThat(mapping.buffer().capacity()).isZero();
        }
    }

    @Test
    void of_missingFile_isNoSuchFile() {
        assertThatThrownBy(() -> Mapping.of(file))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(file.toString());
    }

    @Test
    void of_symbolicLink_isNotFollowed() throws IOException {
        Path target = Files.write(directory.parent().resolve("target"), new byte[LENGTH]);
        Files.createSymbolicLink(file, target);

        assertThatThrownBy(() -> Mapping.of(file))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(file.toString())
                .hasMessageMatching("(?s).*(symbolic link|NOFOLLOW_LINKS).*");
    }

    @Test
    void of_directory_isRefused() {
        assertThatThrownBy(() -> Mapping.of(directory.parent())).isInstanceOf(FileSystemException.class);
    }

    @Test
    void of_fileOfMoreThanTwoGigabytes_saysItsLength() throws IOException {
        long length = 3L << 30;
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(length);
        }

        assertThatThrownBy(() -> Mapping.of(file))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(file + ": cannot be mapped as one piece: length=" + length);
    }
}
