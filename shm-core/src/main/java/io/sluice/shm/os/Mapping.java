package io.sluice.shm.os;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A whole file mapped for reading and writing, shared. No descriptor stays open. {@link #close} unmaps at once: the
 * caller makes sure that nobody touches the memory any more.
 */
public final class Mapping implements AutoCloseable {
    private static final Cleaner COLLECTOR = Cleaner.create();

    private final ByteBuffer buffer;
    private final long address;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Mapping(ByteBuffer buffer, long address) {
        this.buffer = buffer;
        this.address = address;
    }

    /**
     * Maps {@code file}, which must not be a symbolic link.
     *
     * @throws NoSuchFileException if it is missing
     * @throws FileSystemException if it is larger than 2 GiB - 1, or cannot be opened or mapped
     */
    public static Mapping of(Path file) throws IOException {
        return Natives.available() ? byMmap(file) : byChannel(file);
    }

    private static Mapping byMmap(Path file) throws IOException {
        int fd = OfdLocks.open(file, Posix.O_RDWR, 0);
        try {
            int length = checkedLength(file, Posix.lseek(fd, 0, Posix.SEEK_END));
            if (length == 0) {
                return new Mapping(ByteBuffer.allocateDirect(0), 0);
            }
            long address = Posix.mmap(0, length, Posix.PROT_READ_WRITE, Posix.MAP_SHARED, fd, 0);
            if (address == Posix.MAP_FAILED) {
                throw new FileSystemException(
                        file.toString(), null, "mmap failed: length=" + length + ", errno=" + Posix.errno());
            }
            return new Mapping(new Pointer(address).getByteBuffer(0, length).order(ByteOrder.nativeOrder()), address);
        } finally {
            Posix.close(fd);
        }
    }

    private static Mapping byChannel(Path file) throws IOException {
        if (Files.isSymbolicLink(file)) { // the channel would refuse it without the path
            throw new FileSystemException(file.toString(), null, "is a symbolic link");
        }
        try (Interrupts deferred = Interrupts.deferred();
                FileChannel channel = FileChannel.open(
                        file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            int length = checkedLength(file, channel.size());
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, length);
            return new Mapping(mapped.order(ByteOrder.nativeOrder()), 0);
        }
    }

    private static int checkedLength(Path file, long length) throws IOException {
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw new FileSystemException(file.toString(), null, "cannot be mapped as one piece: length=" + length);
        }
        return (int) length;
    }

    /** The memory, in native byte order. */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** The address of the first byte; 0 without natives. */
    public long address() {
        return address;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        if (address != 0) {
            Posix.munmap(address, buffer.capacity());
        } else if (buffer instanceof MappedByteBuffer && buffer.capacity() > 0) {
            Unmapper.clean(buffer);
        }
    }

    /**
     * Lets go of the file at once, but leaves readable memory (zeros) in its place until the buffer is collected: for
     * users that read without saying so. Without natives the file stays mapped until then.
     */
    public void retire() {
        if (!closed.compareAndSet(false, true) || address == 0) {
            return;
        }
        long start = address;
        int length = buffer.capacity();
        int flags = Posix.MAP_PRIVATE | Posix.MAP_FIXED | Posix.MAP_ANONYMOUS | Posix.MAP_NORESERVE;
        if (Posix.mmap(start, length, Posix.PROT_READ_WRITE, flags, -1, 0) == Posix.MAP_FAILED) {
            throw new IllegalStateException("cannot let go of a mapping: errno=" + Posix.errno());
        }
        COLLECTOR.register(buffer, () -> Posix.munmap(start, length));
    }

    static IOException failure(Path file, String call, int errno) {
        if (errno == Posix.ENOENT) {
            return new NoSuchFileException(file.toString());
        }
        if (errno == Posix.EACCES) {
            return new AccessDeniedException(file.toString());
        }
        String reason = errno == Posix.ELOOP ? "is a symbolic link" : call + " failed";
        return new FileSystemException(file.toString(), null, reason + ": errno=" + errno);
    }

    /** Deterministic unmapping without natives: the supported, if deprecated, way of the jdk.unsupported module. */
    private static final class Unmapper {
        private static final MethodHandle INVOKE_CLEANER = find();

        static void clean(ByteBuffer buffer) {
            try {
                INVOKE_CLEANER.invoke(buffer);
            } catch (Throwable e) {
                throw new IllegalStateException("cannot unmap", e);
            }
        }

        private static MethodHandle find() {
            try {
                Class<?> type = Class.forName("sun.misc.Unsafe");
                var field = type.getDeclaredField("theUnsafe");
                field.setAccessible(true);
                return MethodHandles.lookup()
                        .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                        .bindTo(field.get(null));
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("no sun.misc.Unsafe.invokeCleaner", e);
            }
        }
    }
}
