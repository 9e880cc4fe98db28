package io.sluice.rwlock;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;

/** The contract in shared memory, between processes. */
@Tag("process")
class ForkedMappedLockContractTest extends MappedLockContractTest {
    private static final int PROCESSES = 3;

    private static final List<LockDriver> DRIVERS = new ArrayList<>();

    @AfterAll
    static void endDrivers() {
        DRIVERS.forEach(LockDriver::close);
        DRIVERS.clear();
    }

    @Override
    protected int siteCount() {
        return PROCESSES;
    }

    @Override
    protected Site openSite(int index, LockSettings settings) throws Exception {
        while (DRIVERS.size() <= index) {
            DRIVERS.add(LockDriver.start(source()));
        }
        if (!DRIVERS.get(index).isAlive()) {
            DRIVERS.set(index, LockDriver.start(source()));
        }
        return DRIVERS.get(index).open(settings);
    }
}
