package io.sluice.samples;

import io.sluice.shm.Domain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fresh directory and a fresh domain of the same name, both gone in the end, after Ctrl-C too. */
final class Workspace implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    /** What is left to others of the memory's file system. */
    private static final long RESERVE = 64_000_000;

    private final Path directory;
    private final Thread hook = new Thread(this::abandon, "workspace");
    private volatile @Nullable Path domain;

    private Workspace(Path directory) {
        this.directory = directory;
    }

    /** In memory if that has room for so many bytes. */
    static Workspace create(long bytes) throws IOException {
        boolean fits = Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() >= bytes + RESERVE;
        String prefix = "sluice-demo-";
        Workspace workspace =
                new Workspace(fits ? Files.createTempDirectory(MEMORY, prefix) : Files.createTempDirectory(prefix));
        Runtime.getRuntime().addShutdownHook(workspace.hook);
        return workspace;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    String domainName() {
        return String.valueOf(directory.getFileName());
    }

    /** Creates the domain. */
    Path makeDomain() throws IOException {
        try (Domain fresh = Domain.open(domainName())) {
            domain = fresh.directory();
            return fresh.directory();
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the hook is at work
        }
        delete();
    }

    private void abandon() {
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
        delete();
    }

    private void delete() {
        Path made = domain;
        if (made != null) {
            delete(made);
        }
        delete(directory);
    }

    private static void delete(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            System.err.println("deleted by somebody else: path=" + e.getFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete: path=" + root, e);
        }
    }
}
