package io.sluice.shm.domain;

import io.sluice.shm.testing.ForkedTests;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same tests in domains whose processes make no native calls. */
@Tag("process")
class WithoutNativesTest {
    private static final List<String> OPTIONS = List.of("-Dsluice.natives=off");

    @Test
    void directory_withoutNatives_passesTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, DomainDirectoryTest.class);
    }

    @Test
    void participants_withoutNatives_passTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, ParticipantsTest.class);
    }

    @Test
    void resources_withoutNatives_passTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, ResourcesTest.class);
    }

    @Test
    void racingCreators_withoutNatives_passTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, RacingCreatorsTest.class);
    }

    @Test
    void killedCreators_withoutNatives_passTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, KilledCreatorTest.class);
    }

    @Test
    void bells_withoutNatives_passTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, BellsTest.class);
    }

    @Test
    void deathWatch_withoutNatives_passesTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, DeathWatchTest.class);
    }

    @Test
    void close_withoutNatives_passesTheSameTests() throws InterruptedException {
        ForkedTests.run(OPTIONS, DomainCloseTest.class);
    }

    @Test
    void bells_withFullFences_passTheSameTests() throws InterruptedException {
        ForkedTests.run(List.of("-Dsluice.fences=full"), BellsTest.class);
    }
}
