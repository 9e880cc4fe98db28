package io.sluice.benchmarks;

import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/** The round trip of a cache line between the two measuring threads themselves, close to the measured part. */
final class LineProbe {
    private static final int CHUNKS = 100;
    private static final int TRIPS_PER_CHUNK = 100;
    private static final int TRIPS = CHUNKS * TRIPS_PER_CHUNK;

    private final UnsafeBuffer ping;
    private final UnsafeBuffer pong;
    private long trips;

    LineProbe(UnsafeBuffer ping, UnsafeBuffer pong) {
        this.ping = ping;
        this.pong = pong;
    }

    /** The other side answers as soon as it looks. */
    void request() {
        ping.putLongRelease(0, trips + 1);
    }

    /** Returns nanoseconds a trip, the median of many short runs of trips. */
    double ask() {
        double[] nanosPerTrip = new double[CHUNKS];
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            long start = System.nanoTime();
            for (int i = 0; i < TRIPS_PER_CHUNK; i++) {
                bounce(++trips);
            }
            nanosPerTrip[chunk] = (double) (System.nanoTime() - start) / TRIPS_PER_CHUNK;
        }
        Arrays.sort(nanosPerTrip);
        return nanosPerTrip[CHUNKS / 2];
    }

    /** Returns at once if nobody asks. */
    void answerIfAsked() {
        if (ping.getLongVolatile(0) == trips) {
            return;
        }
        for (int i = 0; i < TRIPS; i++) {
            catchAndReturn(++trips);
        }
    }

    private void bounce(long trip) {
        ping.putLongRelease(0, trip);
        while (pong.getLongVolatile(0) != trip) {
            Thread.onSpinWait();
        }
    }

    private void catchAndReturn(long trip) {
        while (ping.getLongVolatile(0) < trip) {
            Thread.onSpinWait();
        }
        pong.putLongRelease(0, trip);
    }
}
