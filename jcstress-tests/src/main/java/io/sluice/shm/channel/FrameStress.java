package io.sluice.shm.channel;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * Position reuse: over the bytes of an old frame, does a reader that finds the new frame's stamp (release, acquire) see
 * the new message whole? The old message holds 1s, the new one 2s.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not committed yet")
@Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "committed and whole")
@Outcome(expect = FORBIDDEN, desc = "torn, or the old message taken for the new")
@State
public class FrameStress {
    private static final int CAPACITY = 4096;
    private static final long NONCE = 0x5eed_0123_4567_89abL;
    private static final int FIRST = Frame.HEADER;
    private static final int LAST = Frame.HEADER + 40;

    private final UnsafeBuffer ring = new UnsafeBuffer(ByteBuffer.allocateDirect(64));

    public FrameStress() {
        write(0, 1);
    }

    private void write(long position, long value) {
        ring.putLong(FIRST, value);
        ring.putLong(LAST, value);
        ring.putLong(Frame.LENGTH, Frame.lengthAndType((long) Frame.MESSAGE << Integer.SIZE | 48));
        ring.putLongRelease(0, Frame.stamp(position, NONCE));
    }

    @Actor
    public void publisher() {
        write(CAPACITY, 2);
    }

    @Actor
    public void subscriber(JJ_Result r) {
        if (ring.getLongAcquire(0) == Frame.stamp(CAPACITY, NONCE)) {
            r.r1 = ring.getLong(FIRST);
            r.r2 = ring.getLong(LAST);
        }
    }
}
