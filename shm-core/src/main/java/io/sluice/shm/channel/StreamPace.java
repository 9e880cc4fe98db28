package io.sluice.shm.channel;

/**
 * How far a subscription keeps behind a publication that streams. A reader that is at the writer's heels takes the lines
 * away that the writer is about to write, and both go as slowly as a line goes to and fro. Left alone for a moment, the
 * writer fills many lines at full speed, and the reader finds them settled. So, behind a stream, a reader waits for a moment
 * once it has caught up; and where lines come from afar, from another socket or another part of it, already when it is
 * close, since there the two would stay coupled.
 *
 * <p>The moments are twice as long each time, until the stream ends. Nothing is lost but time, and not much of that: a reader
 * that waits close to a stream in vain does so once, and then not before it has caught up again. For the subscription's
 * thread.
 */
final class StreamPace {
    /** Messages in one poll that make a stream. */
    private static final int STREAM = 4;

    private static final long FIRST_PAUSE_NANOS = 200;

    /** In a large ring; in a small one as many as it takes to fill half of it, about one for 16 bytes. */
    private static final long LONGEST_PAUSE_NANOS = 5_000;

    private static final int PAUSE_SHIFT = 4;

    /** At the clock: a processor's other thread, which may be the publication's, has the units meanwhile. */
    private static final int HINTS_PER_LOOK = 8;

    /** Bytes of a cache line. */
    private static final int LINE = 64;

    /** Bytes to stay behind a publication that is far, in a large ring. Found by measurement: less gives less. */
    private static final long DISTANCE = 8192;

    /** More is far: on an EPYC 9005 a look and the clock take 20 to 60 ns between cores that share a cache, else 140 to 180. */
    private static final long FAR_NANOS = 80;

    /** One look counts at most so much: an interrupt makes no near core far. */
    private static final long LONGEST_LOOK_NANOS = 220;

    /** A look counts for this part of the average, as a shift. */
    private static final int LOOK_SHIFT = 3;

    private final Ring ring;
    private final long distance;
    private final long longestPause;

    /** The last poll handled several messages. */
    private boolean streaming;

    /** Of a line or less on average: then a frame begins in most lines. */
    private boolean hasShortFrames;

    private long pause = FIRST_PAUSE_NANOS;

    /** How long it takes on average to see what was just written, nanoseconds. */
    private long look;

    StreamPace(Ring ring) {
        this.ring = ring;
        this.distance = Math.min(DISTANCE, ring.capacity() >> 3);
        this.longestPause = Math.min(LONGEST_PAUSE_NANOS, ring.capacity() >> PAUSE_SHIFT);
    }

    boolean isStreaming() {
        return streaming;
    }

    /** A poll has handled {@code count} messages, or none, in {@code size} bytes of the ring. */
    void polled(int count, long size) {
        hasShortFrames = size <= (long) count * LINE;
        if (count >= STREAM) {
            streaming = true;
        } else if (streaming) {
            streaming = false;
            pause = FIRST_PAUSE_NANOS;
        }
    }

    /**
     * Before a poll at {@code position}, behind a stream.
     *
     * @return whether it has waited
     */
    boolean keepBehind(long position) {
        if (!ring.isCommitted(position)) {
            pause();
            long start = System.nanoTime();
            boolean seen = ring.isCommitted(position);
            looked(seen, System.nanoTime() - start);
            return true;
        }
        if (isFar() && hasShortFrames && !isWritten(position + distance)) {
            pause();
            long start = System.nanoTime();
            boolean seen = isWritten(position + distance);
            looked(seen, System.nanoTime() - start);
            return true;
        }
        return false;
    }

    boolean isFar() {
        return look > FAR_NANOS;
    }

    private void pause() {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < HINTS_PER_LOOK; i++) {
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < pause);
        pause = Math.min(2 * pause, longestPause);
    }

    /**
     * A look has taken {@code nanos}. After one that sees nothing the stream counts as near, until the next look that is
     * far: it has ended, or is too slow for its reader to be in its way, or no frame begins there.
     */
    void looked(boolean seen, long nanos) {
        if (seen) {
            look += (Math.min(nanos, LONGEST_LOOK_NANOS) - look) >> LOOK_SHIFT;
        } else {
            look = Math.min(look, FAR_NANOS);
        }
    }

    /** Whether a frame that begins in the line of {@code position} has been committed. */
    private boolean isWritten(long position) {
        long line = position & -LINE;
        for (long at = line; at < line + LINE; at += Frame.ALIGNMENT) {
            if (ring.isCommitted(at)) {
                return true;
            }
        }
        return false;
    }
}
