package io.sluice.rwlock;

import io.sluice.shm.memory.RawAccess;
import java.lang.invoke.VarHandle;

/**
 * An uncontended read on a thread's own lane, where words can be accessed by address and light fences do: steps 4 and 5,
 * 13 and 14. Such a pair is hardly more than the loads of what it needs, so all of that lies in one object.
 */
class OwnLane {
    /** Where the lane is, and what its word says when it is not held; {@link #NOWHERE} if it takes other ways. */
    record Place(long address, long writers, long idle) {
        static final Place NOWHERE = new Place(0, 0, 0);
    }

    private final long lane;
    private final long writers;
    private final long idle;
    private final long held;

    OwnLane(Place place) {
        this.lane = place.address();
        this.writers = place.writers();
        this.idle = place.idle();
        this.held = place.idle() + LaneWord.ONE;
    }

    /** Address of the lane's word, or 0: {@link #enter} and {@link #leave} are not to be used. */
    final long laneAddress() {
        return lane;
    }

    /** Steps 4 and 5 on the lane at {@code address}: false if the thread must look further, with the lane held. */
    final boolean enter(long address) {
        RawAccess.set(address, held); // 4
        VarHandle.releaseFence();
        return RawAccess.getAcquire(writers) == 0; // 5
    }

    /** Steps 13 and 14: false if the thread must look for somebody to ring. */
    final boolean leave() {
        RawAccess.setRelease(lane, idle); // 13
        VarHandle.releaseFence();
        return RawAccess.getAcquire(writers) == 0; // 14
    }
}
