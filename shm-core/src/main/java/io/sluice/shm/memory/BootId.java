package io.sluice.shm.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Names the time since this machine's last boot; all zeros where the platform does not tell. */
final class BootId {
    private static final Path SOURCE = Path.of("/proc/sys/kernel/random/boot_id");

    static final UUID CURRENT = read();

    private BootId() {}

    private static UUID read() {
        try {
            return UUID.fromString(Files.readString(SOURCE).trim());
        } catch (IOException | IllegalArgumentException e) {
            return new UUID(0, 0);
        }
    }
}
