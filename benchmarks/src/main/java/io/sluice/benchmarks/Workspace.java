package io.sluice.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A fresh directory in memory, gone when the run ends, however it ends short of SIGKILL. */
final class Workspace implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path root;
    private final Thread hook;
    private int directories;

    private Workspace(Path root) {
        this.root = root;
        hook = new Thread(this::abandon, "workspace");
    }

    static Workspace create() {
        Path parent = Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        try {
            Workspace workspace = new Workspace(Files.createTempDirectory(parent, "sluice-benchmarks-"));
            Runtime.getRuntime().addShutdownHook(workspace.hook);
            return workspace;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary directory: parent=" + parent, e);
        }
    }

    /** An empty directory, for the processes of one repetition. */
    Path newDirectory() {
        try {
            return Files.createDirectory(root.resolve(Integer.toString(directories++)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a directory: parent=" + root, e);
        }
    }

    static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> children = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : children) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            Progress.say("deleted by somebody else: path=" + e.getFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete: directory=" + directory, e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        delete(root);
    }

    /** The run is cut short by a signal. */
    private void abandon() {
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
        delete(root);
    }
}
