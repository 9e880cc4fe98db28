package io.sluice.shm.memory;

import io.sluice.shm.os.Membarrier;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/**
 * Asymmetric fences: a {@link #light} on the frequent side pairs with a {@link #heavy} on the rare side, and together
 * they order a store before a later load on both sides (the store-buffering test: at least one side sees the other's
 * store).
 *
 * <ul>
 *   <li>{@code LIGHT}: {@code light} orders the compiler only, {@code heavy} is membarrier(GLOBAL_EXPEDITED). That a
 *       releaseFence followed by an acquireFence keeps HotSpot from moving a load above a store is a property of its
 *       compilers on x86-64, not of the Java memory model; hence the allow-list in {@link #supported}.
 *   <li>{@code FULL}: both are full fences. Correct everywhere.
 * </ul>
 *
 * All processes of a domain use the same kind. Immutable.
 */
public final class Fences {
    /** {@code light} or {@code full}; the default is light where the allow-list has this platform. */
    public static final String PROPERTY = "sluice.fences";

    /** The two kinds. */
    public enum Kind {
        FULL(0),
        LIGHT(1);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** As it stands in shared memory. */
        public int code() {
            return code;
        }
    }

    private final boolean asymmetric;

    private Fences(boolean asymmetric) {
        this.asymmetric = asymmetric;
    }

    /** Fences of {@code kind}, which must be {@link #supported} if it is {@code LIGHT}. */
    public static Fences of(Kind kind) {
        if (kind == Kind.LIGHT && !Membarrier.register()) {
            throw new IllegalStateException("membarrier is not available: kind=" + kind);
        }
        return new Fences(kind == Kind.LIGHT);
    }

    /** The best kind that this process can use and {@value #PROPERTY} allows. */
    public static Kind supported() {
        String setting = System.getProperty(PROPERTY, "light");
        if (!setting.equals("light") && !setting.equals("full")) {
            throw new IllegalArgumentException("must be light or full: " + PROPERTY + "=" + setting);
        }
        return setting.equals("light") && allowListed() && Membarrier.register() ? Kind.LIGHT : Kind.FULL;
    }

    private static boolean allowListed() {
        String vm = System.getProperty("java.vm.name", "").toLowerCase(Locale.ROOT);
        String vendor = System.getProperty("java.vendor.version", "").toLowerCase(Locale.ROOT);
        return System.getProperty("os.arch", "").equals("amd64")
                && (vm.startsWith("openjdk 64-bit") || vm.startsWith("java hotspot(tm) 64-bit"))
                && !vendor.contains("graal");
    }

    public Kind kind() {
        return asymmetric ? Kind.LIGHT : Kind.FULL;
    }

    /** The frequent side: free in a {@code LIGHT} domain. */
    public void light() {
        light(asymmetric);
    }

    /** As {@link #light()}, for who keeps at hand whether the kind is {@code LIGHT}. */
    public static void light(boolean asymmetric) {
        if (asymmetric) {
            VarHandle.releaseFence();
            VarHandle.acquireFence();
        } else {
            VarHandle.fullFence();
        }
    }

    /** The rare side: 0.1 to 5 us in a {@code LIGHT} domain. */
    public void heavy() {
        VarHandle.fullFence();
        if (asymmetric) {
            Membarrier.issue();
        }
    }
}
