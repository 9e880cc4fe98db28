package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.memory.Fences;
import io.sluice.shm.os.Natives;
import io.sluice.shm.testing.TemporaryDomain;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The first process of a domain settles how all of them wait and fence. */
@Tag("process")
class DomainSettingsTest {
    private static final String REFUSED =
            "IncompatibleFileException: all processes of a domain run with the same setting: path=";

    private final TemporaryDomain temporary = new TemporaryDomain();
    private final Path path = temporary.path();

    @BeforeEach
    void needNatives() {
        assumeTrue(Natives.available(), Natives::reason);
    }

    @AfterEach
    void deleteDirectory() {
        temporary.close();
    }

    @Test
    void join_withoutNativesInADomainOfFutexes_isRefusedWithTheSetting() throws Exception {
        assertThat(refusal("-Dsluice.natives=on", "-Dsluice.natives=off"))
                .isEqualTo(REFUSED + path + "/domain, setting=sluice.natives, domain=on,"
                        + " here=switched off: sluice.natives=off");
    }

    @Test
    void join_withNativesInADomainOfParking_isRefusedWithTheSetting() throws Exception {
        assertThat(refusal("-Dsluice.natives=off", "-Dsluice.natives=on"))
                .isEqualTo(REFUSED + path + "/domain, setting=sluice.natives, domain=off");
    }

    @Test
    void join_fullFencesInADomainOfLightOnes_isRefusedWithTheSetting() throws Exception {
        assumeTrue(Fences.supported() == Fences.Kind.LIGHT, "no light fences here");

        assertThat(refusal("-Dsluice.fences=light", "-Dsluice.fences=full"))
                .isEqualTo(REFUSED + path + "/domain, setting=sluice.fences, domain=light,"
                        + " here=this process cannot or must not");
    }

    @Test
    void join_lightFencesInADomainOfFullOnes_usesFullOnes() throws Exception {
        try (Peer first = Peer.start("-Dsluice.fences=full");
                Peer second = Peer.start("-Dsluice.fences=light")) {
            first.join(path);
            second.join(path);

            assertThat(first.ask("fences")).isEqualTo("FULL");
            assertThat(second.ask("fences")).isEqualTo("FULL");
        }
    }

    @Test
    void join_refusedProcess_takesNoSlot() throws Exception {
        try (Peer first = Peer.start("-Dsluice.natives=on");
                Peer second = Peer.start("-Dsluice.natives=off");
                Peer third = Peer.start("-Dsluice.natives=on")) {
            long one = first.join(path);
            second.refusal("join", path);
            long two = third.join(path);

            assertThat(Owner.slot(one)).isEqualTo(0);
            assertThat(Owner.slot(two)).isEqualTo(1);
            assertThat(path.resolve("live")).isDirectoryContaining("glob:**/[01].1");
        }
    }

    @Test
    void join_withoutNatives_twoProcessesShareADomain() throws Exception {
        try (Peer first = Peer.start("-Dsluice.natives=off");
                Peer second = Peer.start("-Dsluice.natives=off")) {
            first.join(path);
            second.join(path);

            assertThat(first.ask("open", "resource")).isEqualTo(second.ask("open", "resource"));
            assertThat(first.ask("fences")).isEqualTo("FULL");
        }
    }

    private String refusal(String first, String second) throws InterruptedException {
        try (Peer creator = Peer.start(first);
                Peer joiner = Peer.start(second)) {
            creator.join(path);
            return joiner.refusal("join", path);
        }
    }
}
