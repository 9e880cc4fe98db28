package io.sluice.dist;

import io.sluice.rwlock.LockMode;

/**
 * The hold was lost before it was closed: its lease ran out, or Redis forgot it. Somebody else may have held the lock
 * since, so what was done under the hold has to be checked, unless a {@link FencedResource} did.
 */
public final class HoldLostException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    HoldLostException(String lock, LockMode mode, long token, String reason) {
        super("hold is lost: lock=" + lock + ", mode=" + mode + ", token=" + token + ", reason=" + reason);
    }
}
