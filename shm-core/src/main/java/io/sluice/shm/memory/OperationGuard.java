package io.sluice.shm.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Lets a handle that one thread uses be closed by any thread without a fence in the handle's operations: memory is
 * released by the closer if the user is outside an operation, else by the user when it leaves.
 *
 * <pre>
 *   user                            closer
 *   operation := 1    (opaque)      closed := true   (volatile)
 *   light fence                     heavy fence
 *   closed? leave                   operation? the user releases at its exit : release
 *   ... operation ...
 *   operation := 0    (release)
 *   light fence
 *   closed? release
 * </pre>
 *
 * At least one of the two sees the other's store; both may, so the release is taken by compare-and-set. {@code
 * operation := 0} is a release and pairs with the closer's acquire: what the user did is seen by whoever releases. {@code
 * closed} is a bit of {@code heed}, beside one for fences that are not asymmetric: an operation tests one word.
 */
public final class OperationGuard {
    private static final VarHandle OPERATION;
    private static final VarHandle RELEASED;

    static {
        try {
            OPERATION = MethodHandles.lookup().findVarHandle(OperationGuard.class, "operation", int.class);
            RELEASED = MethodHandles.lookup().findVarHandle(OperationGuard.class, "released", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Bits of {@code heed}. */
    private static final int CLOSED = 1;

    private static final int FULL_FENCES = 2;

    private final Fences fences;
    private final Runnable release;

    /** Zero: none. */
    private int operation;

    @SuppressWarnings("unused") // RELEASED
    private boolean released;

    /** What an operation must heed, in one word, since each test makes every operation longer: zero is the rule. */
    private volatile int heed;

    /** {@code release} runs once, in the thread that closes or in the user's thread. */
    public OperationGuard(Fences fences, Runnable release) {
        this.fences = fences;
        this.release = release;
        this.heed = kindOfFences();
    }

    private int kindOfFences() {
        return fences.kind() == Fences.Kind.LIGHT ? 0 : FULL_FENCES;
    }

    /** Begins an operation; false, and nothing begun, if the handle is closed. */
    public boolean enter() {
        return enter(1);
    }

    /** As {@link #enter()}, and remembers what the operation is about: not zero. */
    public boolean enter(int what) {
        OPERATION.setOpaque(this, what);
        Fences.light(true);
        return heed == 0 || enterHeeding();
    }

    private boolean enterHeeding() {
        fences.light();
        boolean entered = !isClosed();
        if (!entered) {
            exit();
        }
        return entered;
    }

    /** What the user's operation is about; zero outside one. For the user's thread. */
    public int operation() {
        return operation;
    }

    /** Ends an operation. */
    public void exit() {
        OPERATION.setRelease(this, 0);
        Fences.light(true);
        if (heed != 0) {
            exitHeeding();
        }
    }

    private void exitHeeding() {
        fences.light();
        if (isClosed()) {
            releaseOnce();
        }
    }

    public boolean isClosed() {
        return (heed & CLOSED) != 0;
    }

    /** Closes; idempotent, never blocks. False if the user is in an operation and will release when it leaves. */
    public boolean close() {
        heed = kindOfFences() | CLOSED;
        fences.heavy();
        if ((int) OPERATION.getAcquire(this) != 0) {
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
