package io.sluice.shm.memory;

import io.sluice.shm.testing.ForkedTests;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same tests in a JVM that makes no native calls. */
@Tag("process")
class WithoutNativesTest {
    private static final List<String> OPTIONS = List.of("-Dsluice.natives=off");

    @Test
    void mappedFile_withoutNatives_passesTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, MappedFileTest.class);
    }
}
