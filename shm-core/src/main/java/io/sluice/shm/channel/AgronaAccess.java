package io.sluice.shm.channel;

import org.agrona.concurrent.UnsafeBuffer;

/** Agrona does not start without a JVM option; who forgot it is told which. */
final class AgronaAccess {
    private static final String OPTION = "--add-exports java.base/jdk.internal.misc=ALL-UNNAMED";

    private AgronaAccess() {}

    /** Throws if Agrona's buffers cannot be used in this JVM. */
    static void require() {
        try {
            new UnsafeBuffer(new byte[Long.BYTES]).getLong(0);
        } catch (LinkageError e) {
            throw new IllegalStateException("channels use Agrona, which needs a JVM option: add " + OPTION, e);
        }
    }
}
