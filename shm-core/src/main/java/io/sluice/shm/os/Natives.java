package io.sluice.shm.os;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether native calls can be made by this process. Decided once: on Linux on x86-64 or aarch64, unless the system
 * property {@value #PROPERTY} is {@code off}, and only if JNA loads.
 */
public final class Natives {
    /** {@code on} (default) or {@code off}. */
    public static final String PROPERTY = "sluice.natives";

    private static final String SETTING = System.getProperty(PROPERTY, "on");
    private static final @Nullable String REASON_AGAINST = reasonAgainst();

    private Natives() {}

    /**
     * True if futexes, OFD locks and membarrier can be called.
     *
     * @throws IllegalArgumentException if the system property is neither {@code on} nor {@code off}
     */
    public static boolean available() {
        if (!SETTING.equals("on") && !SETTING.equals("off")) {
            throw new IllegalArgumentException("must be on or off: " + PROPERTY + "=" + SETTING);
        }
        return REASON_AGAINST == null;
    }

    /** Why native calls cannot be made, for people to read; empty if they can. */
    public static String reason() {
        return REASON_AGAINST == null ? "" : REASON_AGAINST;
    }

    private static @Nullable String reasonAgainst() {
        if (!SETTING.equals("on")) {
            return "switched off: " + PROPERTY + "=" + SETTING;
        }
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "");
        if (!os.equals("linux") || !(arch.equals("amd64") || arch.equals("aarch64"))) {
            return "no native calls on this platform: os=" + os + ", arch=" + arch;
        }
        try {
            Posix.lseek(-1, 0, Posix.SEEK_END);
            return null;
        } catch (LinkageError | SecurityException e) {
            return "JNA does not load (is its temporary directory mounted noexec? see -Djna.tmpdir): cause=" + e;
        }
    }
}
