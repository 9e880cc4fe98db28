package io.sluice.shm.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("process")
class NativesTest {
    @Test
    void available_byDefaultOnLinux_needsNoReason() throws Exception {
        assertThat(report("-Dsluice.natives=on")).isEqualTo("available=true, reason=");
    }

    @Test
    void available_switchedOff_saysSo() throws Exception {
        assertThat(report("-Dsluice.natives=off"))
                .isEqualTo("available=false, reason=switched off: sluice.natives=off");
    }

    @Test
    void available_settingIsNeitherOnNorOff_namesTheSetting() throws Exception {
        assertThat(report("-Dsluice.natives=maybe")).contains("must be on or off: sluice.natives=maybe");
    }

    @Test
    void available_jnaCannotUnpackItsLibrary_saysWhatToLookAt() throws Exception {
        assertThat(report("-Dsluice.natives=on", "-Djna.tmpdir=/proc", "-Djna.nosys=true"))
                .startsWith("available=false, reason=JNA does not load (is its temporary directory mounted noexec?");
    }

    private static String report(String... options) throws InterruptedException {
        try (ForkedJvm fork = ForkedJvm.start(List.of(options), Main.class)) {
            return fork.awaitLine("natives:");
        }
    }

    static final class Main {
        public static void main(String[] arguments) {
            String report;
            try {
                report = "available=" + Natives.available() + ", reason=" + Natives.reason();
            } catch (IllegalArgumentException e) {
                report = e.toString();
            } catch (ExceptionInInitializerError e) {
                report = String.valueOf(e.getCause());
            }
            System.out.println("natives:" + report);
        }
    }
}
