package io.sluice.shm.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

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
 *
 * <p>A user whose own words tell whether an operation is under way saves the stores to {@code operation}: it sets and clears
 * its flag itself, in the modes above, and calls {@link #mayGoOn} and {@link #ended} behind that.
 */
public final class OperationGuard {
    private static final VarHandle OPERATION;
    private static final VarHandle RELEASED;

    static {
        try {
            OPERATION = MethodHandles.lookup().findVarHandle(OperationGuard.class, "operation", boolean.class);
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
    private final @Nullable BooleanSupplier flag;

    @SuppressWarnings("unused") // OPERATION
    private boolean operation;

    @SuppressWarnings("unused") // RELEASED
    private boolean released;

    /** What an operation must heed, in one word, since each test makes every operation longer: zero is the rule. */
    private volatile int heed;

    /** {@code release} runs once, in the thread that closes or in the user's thread. */
    public OperationGuard(Fences fences, Runnable release) {
        this(fences, null, release);
    }

    /**
     * For a user that keeps a flag.
     *
     * @param flag whether an operation is under way; loads with acquire, in the closer's thread
     */
    public OperationGuard(Fences fences, @Nullable BooleanSupplier flag, Runnable release) {
        this.fences = fences;
        this.flag = flag;
        this.release = release;
        this.heed = kindOfFences();
    }

    private int kindOfFences() {
        return fences.kind() == Fences.Kind.LIGHT ? 0 : FULL_FENCES;
    }

    /** Begins an operation; false, and nothing begun, if the handle is closed. */
    public boolean enter() {
        OPERATION.setOpaque(this, true);
        boolean entered = mayGoOn();
        if (!entered) {
            exit();
        }
        return entered;
    }

    /** Behind the store to the flag: false if the handle is closed, and the flag is to be taken back, before {@link #ended}. */
    public boolean mayGoOn() {
        Fences.light(true);
        return heed == 0 || mayGoOnHeeding();
    }

    private boolean mayGoOnHeeding() {
        fences.light();
        return !isClosed();
    }

    /** Ends an operation. */
    public void exit() {
        OPERATION.setRelease(this, false);
        ended();
    }

    /** Behind the store that takes the flag back. */
    public void ended() {
        Fences.light(true);
        if (heed != 0) {
            endedHeeding();
        }
    }

    private void endedHeeding() {
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
        if (flag == null ? (boolean) OPERATION.getAcquire(this) : flag.getAsBoolean()) {
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
