package io.sluice.shm.memory;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** There is not enough room in the file system for a new shared file. Nothing was left behind. */
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1;

    private final long neededBytes;
    private final long availableBytes;

    public NoSpaceException(Path file, long neededBytes, long availableBytes, @Nullable IOException cause) {
        super(
                "no space for a shared file: path=" + file + ", neededBytes=" + neededBytes + ", availableBytes="
                        + availableBytes,
                cause);
        this.neededBytes = neededBytes;
        this.availableBytes = availableBytes;
    }

    public long neededBytes() {
        return neededBytes;
    }

    public long availableBytes() {
        return availableBytes;
    }
}
