package io.sluice.shm.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What /proc says about this process: what it holds open and mapped. */
public final class OwnProcess {
    private static final Path SELF = Path.of("/proc/self");

    private OwnProcess() {}

    /** Whether this platform tells. */
    public static boolean isReadable() {
        return Files.isReadable(SELF.resolve("maps"));
    }

    /** Number of open descriptors. */
    public static int descriptors() throws IOException {
        int count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(SELF.resolve("fd"))) {
            for (Path ignored : descriptors) {
                count++;
            }
        }
        return count;
    }

    /** What open descriptors lead to under {@code directory}, deleted files included. */
    public static List<String> descriptorsUnder(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(SELF.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                String target = target(descriptor);
                if (target.startsWith(directory + "/")) {
                    found.add(target);
                }
            }
        }
        return found;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    /** The lines of the memory map that name a file under {@code directory}, deleted files included. */
    public static List<String> mappingsUnder(Path directory) throws IOException {
        try (Stream<String> lines = Files.lines(SELF.resolve("maps"))) {
            return lines.filter(line -> line.contains(directory.toString())).toList();
        }
    }

    /** Whether the thread of this name sleeps in the kernel; the kernel keeps 15 bytes of a name. */
    static boolean isThreadAsleep(String name) throws IOException {
        String kept = name.substring(0, Math.min(15, name.length()));
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(SELF.resolve("task"))) {
            for (Path task : tasks) {
                if (read(task.resolve("comm")).strip().equals(kept)) {
                    String stat = read(task.resolve("stat"));
                    return stat.startsWith("S", stat.lastIndexOf(')') + 2);
                }
            }
        }
        return false;
    }

    /** Empty if the thread has ended meanwhile: it is then a missing file, or a failing read. */
    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ended) {
            return "";
        }
    }
}
