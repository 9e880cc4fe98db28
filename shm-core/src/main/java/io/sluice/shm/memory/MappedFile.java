package io.sluice.shm.memory;

import io.sluice.shm.os.Mapping;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * A shared file with a checked header, mapped. Unmapped when its last user has released it.
 *
 * <p>A file is built under a temporary name, with real zeros (so that a full tmpfs is an exception here and not a
 * SIGBUS later), and linked into place when it is complete: it exists whole or not at all. The caller of {@link
 * #create} holds the domain's kernel lock, so a temporary file that is found there belongs to a dead creator.
 */
public final class MappedFile {
    private static final int ZEROS = 64 * 1024;
    private static final String TEMPORARY_PREFIX = ".building-";

    private final Path path;
    private final Object fileKey;
    private final Mapping mapping;
    private final Words words;
    private final Lifetime lifetime;

    private volatile boolean readUnannounced;

    private MappedFile(Path path, Object fileKey, Mapping mapping, Words words) {
        this.path = path;
        this.fileKey = fileKey;
        this.mapping = mapping;
        this.words = words;
        this.lifetime = new Lifetime(this::end);
    }

    private void end() {
        if (readUnannounced) {
            mapping.retire();
        } else {
            mapping.close();
        }
    }

    /** What to create: {@code init} fills the fields behind the header in the zeroed file. */
    public record Plan(FileType type, long length, Consumer<Words> init) {}

    /**
     * Maps an existing file and checks its header.
     *
     * @throws NoSuchFileException if there is none
     * @throws IncompatibleFileException if it is not a usable file of {@code type}
     */
    public static MappedFile open(Path path, FileType type) throws IOException {
        Object before;
        Object key = fileKey(path);
        Mapping mapping;
        do {
            before = key;
            mapping = Mapping.of(path);
            key = fileKey(path);
            if (!key.equals(before)) {
                mapping.close(); // deleted and created again meanwhile
            }
        } while (!key.equals(before));
        boolean usable = false;
        try {
            Words words = new Words(mapping.buffer(), mapping.address());
            FileHeader.check(words, type, path, mapping.buffer().capacity());
            usable = true;
            return new MappedFile(path, key, mapping, words);
        } finally {
            if (!usable) {
                mapping.close();
            }
        }
    }

    /**
     * Builds a file and gives it its name.
     *
     * @throws NoSpaceException with the bytes needed and available; nothing is left behind
     * @throws java.nio.file.FileAlreadyExistsException if the name is taken
     */
    public static void create(Path path, Plan plan, Set<PosixFilePermission> permissions) throws IOException {
        Path temporary = path.resolveSibling(TEMPORARY_PREFIX + path.getFileName());
        Files.deleteIfExists(temporary);
        try {
            writeZeros(temporary, plan.length(), permissions);
            Mapping mapping = Mapping.of(temporary);
            try {
                Words words = new Words(mapping.buffer());
                plan.init().accept(words);
                long nonce = ThreadLocalRandom.current().nextLong();
                FileHeader.write(words, plan.type(), plan.length(), nonce);
            } finally {
                mapping.close();
            }
            Files.createLink(path, temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Whether {@code fileName} is that of a file under construction. */
    public static boolean isTemporary(Path fileName) {
        return fileName.toString().startsWith(TEMPORARY_PREFIX);
    }

    /** By a stream: an interrupt would close a channel. */
    private static void writeZeros(Path file, long length, Set<PosixFilePermission> permissions) throws IOException {
        long free = availableBytes(file);
        if (free < length) {
            throw new NoSpaceException(file, length, free, null); // rather than fill what others may need
        }
        Files.createFile(file, PosixFilePermissions.asFileAttribute(permissions));
        Files.setPosixFilePermissions(file, permissions); // what the umask took away
        try (FileOutputStream stream = new FileOutputStream(file.toFile())) {
            byte[] zeros = new byte[ZEROS];
            for (long left = length; left > 0; left -= ZEROS) {
                stream.write(zeros, 0, (int) Math.min(left, ZEROS));
            }
        } catch (IOException e) {
            long available = availableBytes(file);
            if (available < length) {
                throw new NoSpaceException(file, length, available, e);
            }
            throw e;
        }
    }

    /** What a file of this size could have used; the partial file that was written counts as available. */
    private static long availableBytes(Path file) throws IOException {
        Files.deleteIfExists(file);
        Path directory = file.toAbsolutePath().getParent();
        return Files.getFileStore(directory == null ? file : directory).getUsableSpace();
    }

    private static Object fileKey(Path path) throws IOException {
        Object key = Files.readAttributes(
                        path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
        return key == null ? path : key;
    }

    public Path path() {
        return path;
    }

    public Words words() {
        return words;
    }

    /** The whole mapping, in native byte order. Do not use it after the last release. */
    public ByteBuffer buffer() {
        return mapping.buffer();
    }

    /** The address of the first byte; 0 without natives. */
    public long address() {
        return mapping.address();
    }

    public long nonce() {
        return FileHeader.nonce(words);
    }

    public boolean isDeleted() {
        return FileHeader.isDeleted(words);
    }

    /** Closes ({@code true}) or reopens the file to new users; only under the domain's kernel lock. Full fence. */
    public void setDeleted(boolean deleted) {
        FileHeader.setDeleted(words, deleted);
    }

    /**
     * Whether the file's name still leads to this very file: same device and inode, same nonce. To be asked after
     * attaching; a file that was deleted and created again meanwhile would split its users.
     */
    public boolean isStillLinked() throws IOException {
        try {
            return readNonce() == nonce() && fileKey.equals(fileKey(path));
        } catch (FileNotFoundException | NoSuchFileException | EOFException gone) {
            return false;
        }
    }

    /** The nonce of the file that the name leads to now; not by a channel, which an interrupt would close. */
    private long readNonce() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(FileHeader.nonceOffset());
            byte[] word = new byte[Long.BYTES];
            file.readFully(word);
            return ByteBuffer.wrap(word).order(ByteOrder.nativeOrder()).getLong();
        }
    }

    /** From here on reads after the last release see zeros, or old values, instead of crashing. */
    public void allowUnannouncedReads() {
        readUnannounced = true;
    }

    /** Adds a user; false if the file is already unmapped. */
    public boolean retain() {
        return lifetime.retain();
    }

    /** Takes a user away; the last one unmaps. */
    public void release() {
        lifetime.release();
    }
}
