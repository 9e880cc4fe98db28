package io.sluice.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.OperationGuard;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Is memory ever released under an operation, twice, or not at all? First: what the operation saw (0 refused, 1 memory
 * there, -1 memory gone); second: what the releaser saw of the operation's plain writes; third: releases.
 */
@JCStressTest
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "closed before the operation")
@Outcome(id = "1, 2, 1", expect = ACCEPTABLE, desc = "released after the operation, which is visible")
@Outcome(expect = FORBIDDEN, desc = "released under the operation, not once, or without seeing its writes")
@State
public class OperationGuardStress {
    private final OperationGuard guard = new OperationGuard(Fences.of(Fences.supported()), this::release);
    private volatile boolean released;
    private int releases;
    private int writes;
    private int seenWrites;

    private void release() {
        released = true;
        releases++;
        seenWrites = writes;
    }

    @Actor
    public void user(III_Result r) {
        if (guard.enter()) {
            writes = 1;
            boolean gone = released;
            writes = 2;
            r.r1 = gone || released ? -1 : 1;
            guard.exit();
        }
    }

    @Actor
    public void closer() {
        guard.close();
    }

    @Arbiter
    public void arbiter(III_Result r) {
        r.r2 = seenWrites;
        r.r3 = releases;
    }
}
