package io.sluice.shm.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets a handle that one thread uses be closed by any thread without a fence in the handle's operations: memory is
 * released by the closer if the user is outside an operation, else by the user when it leaves.
 *
 * <pre>
 *   user                            closer
 *   busy := true      (opaque)      closed := true   (volatile)
 *   light fence                     heavy fence
 *   closed? leave                   busy? the user releases at its exit : release
 *   ... operation ...
 *   busy := false     (release)
 *   light fence
 *   closed? release
 * </pre>
 *
 * At least one of the two sees the other's store; both may, so the release is taken by compare-and-set. {@code
 * busy := false} is a release and pairs with the closer's acquire: what the user did is seen by whoever releases.
 */
public final class OperationGuard {
    private static final VarHandle BUSY;
    private static final VarHandle RELEASED;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(OperationGuard.class, "busy", boolean.class);
            RELEASED = MethodHandles.lookup().findVarHandle(OperationGuard.class, "released", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Fences fences;
    private final Runnable release;

    @SuppressWarnings("unused") // BUSY
    private boolean busy;

    @SuppressWarnings("unused") // RELEASED
    private boolean released;

    private volatile boolean closed;

    /** {@code release} runs once, in the thread that closes or in the user's thread. */
    public OperationGuard(Fences fences, Runnable release) {
        this.fences = fences;
        this.release = release;
    }

    /** Begins an operation; false, and nothing begun, if the handle is closed. */
    public boolean enter() {
        BUSY.setOpaque(this, true);
        fences.light();
        if (closed) {
            exit();
            return false;
        }
        return true;
    }

    /** Ends an operation. */
    public void exit() {
        BUSY.setRelease(this, false);
        fences.light();
        if (closed) {
            releaseOnce();
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** Closes; idempotent, never blocks. False if the user is in an operation and will release when it leaves. */
    public boolean close() {
        closed = true;
        fences.heavy();
        if ((boolean) BUSY.getAcquire(this)) {
            return false;
        }
        releaseOnce();
        return true;
    }

    private void releaseOnce() {
        if (RELEASED.compareAndSet(this, false, true)) {
            release.run();
        }
    }
}
