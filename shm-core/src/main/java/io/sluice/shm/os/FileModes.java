package io.sluice.shm.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Modes such as {@code 0660} as {@code java.nio} has them. */
final class FileModes {
    private FileModes() {}

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values(); // owner read first, others execute last
        for (int i = 0; i < all.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /** Gives {@code file} what the umask took away; closes {@code resource} if that fails. */
    static void apply(Path file, int mode, Closeable resource) throws IOException {
        boolean applied = false;
        try {
            Set<PosixFilePermission> wanted = permissions(mode);
            if (!Files.getPosixFilePermissions(file).equals(wanted)) {
                Files.setPosixFilePermissions(file, wanted);
            }
            applied = true;
        } finally {
            if (!applied) {
                resource.close();
            }
        }
    }
}
