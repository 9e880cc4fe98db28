package io.sluice.samples;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Standard input and output without the copies that {@code System.in} and {@code System.out} make: direct buffers go
 * straight to the system call.
 */
final class StandardStreams {
    private static final Path ERROR = Path.of("/proc/self/fd/2");
    private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/|tty|console).*");

    private StandardStreams() {}

    @SuppressWarnings("resource") // they end with the process
    static FileChannel input() {
        return new FileInputStream(FileDescriptor.in).getChannel();
    }

    @SuppressWarnings("resource")
    static FileChannel output() {
        return new FileOutputStream(FileDescriptor.out).getChannel();
    }

    /** Reads what is there, at least one byte, or returns -1 at the end. */
    static int read(FileChannel input, ByteBuffer buffer) throws IOException {
        try {
            return refuseNonBlocking(input.read(buffer));
        } catch (IOException e) {
            throw new IOException("cannot read standard input: error=" + e.getMessage(), e);
        }
    }

    /** Writes all that remains in {@code buffer}. */
    static void write(FileChannel output, ByteBuffer buffer) throws IOException {
        try {
            while (buffer.hasRemaining()) {
                refuseNonBlocking(output.write(buffer));
            }
        } catch (IOException e) {
            throw new IOException("cannot write standard output: error=" + e.getMessage(), e);
        }
    }

    /** Else the loops around these calls would spin. */
    private static int refuseNonBlocking(int moved) throws IOException {
        if (moved == 0) {
            throw new IOException("the descriptor is non-blocking");
        }
        return moved;
    }

    /** Whether somebody reads along; {@code System.console()} only knows about standard input and output. */
    static boolean errorIsTerminal() {
        try {
            return TERMINAL.matcher(Files.readSymbolicLink(ERROR).toString()).matches();
        } catch (IOException e) {
            return false; // closed, or no /proc: say less
        }
    }
}
