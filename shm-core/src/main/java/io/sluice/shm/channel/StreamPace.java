package io.sluice.shm.channel;

/**
 * How far a subscription keeps behind a publication that streams. A reader that is at the writer's heels takes the lines
 * away that the writer is about to write, and both go as slowly as a line goes to and fro. Left alone for a moment, the
 * writer fills many lines at full speed, and the reader finds them settled. So, behind a stream, a reader waits for a moment
 * once it has caught up; and where lines come from afar, from another socket or another part of it, already when it is
 * close, since there the two would stay coupled.
 *
 * <p>The moments are twice as long each time the stream has gone on meanwhile, so that a message waits at most about as
 * long as the stream before it lasted. For the subscription's thread.
 */
final class StreamPace {
    /** Messages in one poll that make a stream. */
    private static final int STREAM = 4;

    /** First and longest pause. */
    private static final long FIRST_PAUSE_NANOS = 200;

    private static final long LAST_PAUSE_NANOS = 5_000;

    /** At the clock: a processor's other thread, which may be the publication's, has the units meanwhile. */
    private static final int HINTS_PER_LOOK = 8;

    /** Bytes of a cache line. */
    private static final int LINE = 64;

    /** Bytes to stay behind a publication that is far. Found by measurement: from 4 KiB on readers stay uncoupled. */
    private static final long DISTANCE = 8192;

    /** A line comes from afar: cores that share a cache need less than 60 ns with the clock, others more than 140. */
    private static final long FAR_NANOS = 80;

    /** One look counts at most so much: an interrupt is no distance. */
    private static final long LONGEST_LOOK_NANOS = 400;

    /** A look counts for this part of the average, as a shift. */
    private static final int LOOK_SHIFT = 3;

    private final Ring ring;
    private final long distance;

    /** The last poll handled several messages. */
    private boolean streaming;

    /** Nearly every line has a frame that begins there. */
    private boolean hasShortFrames;

    private long pause = FIRST_PAUSE_NANOS;

    /** How long it takes on average to see what was just written, nanoseconds. */
    private long look;

    StreamPace(Ring ring) {
        this.ring = ring;
        this.distance = Math.min(DISTANCE, ring.capacity() >> 3);
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
            measure(System.nanoTime(), ring.isCommitted(position));
            return true;
        }
        if (isFar() && hasShortFrames && !isWritten(position + distance)) {
            pause();
            measure(System.nanoTime(), isWritten(position + distance));
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
        pause = Math.min(2 * pause, LAST_PAUSE_NANOS);
    }

    /**
     * A look that began at {@code start}. One that sees nothing counts as none: that stream is too slow for its reader to be
     * in its way, or no frame begins there.
     */
    void measure(long start, boolean seen) {
        long took = seen ? Math.min(System.nanoTime() - start, LONGEST_LOOK_NANOS) : 0;
        look += (took - look) >> LOOK_SHIFT;
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
