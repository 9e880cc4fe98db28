package io.sluice.rwlock;

import io.sluice.shm.testing.ForkedTests;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract in domains with other settings. */
@Tag("process")
class WithoutNativesTest {
    @Test
    void mappedLock_withoutNatives_keepsTheContract() throws InterruptedException {
        ForkedTests.run(List.of("-Dsluice.natives=off"), MappedLockContractTest.class);
    }

    @Test
    void mappedLock_withFullFences_keepsTheContract() throws InterruptedException {
        ForkedTests.run(List.of("-Dsluice.fences=full"), MappedLockContractTest.class);
    }
}
