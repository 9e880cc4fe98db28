package io.sluice.dist;

/**
 * A {@link FencedResource} refused an access: it has been shown a higher token. The caller's hold was lost before, and
 * somebody else has been granted the lock since. Nothing was changed; give up what was done under the hold.
 */
public final class StaleTokenException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final long token;
    private final long highest;

    StaleTokenException(String resource, long token, long highest) {
        super("the hold's token was overtaken: resource=" + resource + ", token=" + token + ", highest=" + highest);
        this.token = token;
        this.highest = highest;
    }

    /** That was refused. */
    public long token() {
        return token;
    }

    /** That the resource has been shown. */
    public long highest() {
        return highest;
    }
}
