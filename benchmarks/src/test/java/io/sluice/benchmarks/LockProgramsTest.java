package io.sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contenders in C, where they can be compiled. */
@Tag("process")
class LockProgramsTest {
    @TempDir
    private static Path programs;

    @TempDir
    private Path directory;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        assumeThat(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(each -> Files.isExecutable(Path.of(each, "gcc")));
        for (String name : LockProcessScenario.PROGRAMS) {
            Path program = programs.resolve(name);
            List<String> command =
                    List.of("gcc", "-O2", "-pthread", "-o", program.toString(), "c/" + name + ".c", "-lm");
            Process gcc = new ProcessBuilder(command).inheritIO().start();
            assertThat(gcc.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(gcc.exitValue()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LockProcessScenario.RWLOCK, LockProcessScenario.RWLOCK_WRITER, LockProcessScenario.MUTEX})
    void measure_pairsOfTwoProcesses_reportsCost(String program) throws InterruptedException {
        assertThat(measure(program, LockProcessScenario.WRITE_2P))
                .containsOnlyKeys("pair")
                .allSatisfy((metric, value) -> assertThat(value).isPositive());
    }

    @Test
    void measure_writerAmongReaders_reportsItsWaits() throws InterruptedException {
        assertThat(measure(LockProcessScenario.RWLOCK_WRITER, LockProcessScenario.WRITER_WAIT_2R))
                .containsOnlyKeys("p50", "p99", "max", "starved");
    }

    @Tag("kill")
    @Test
    void measure_holderOfARobustMutexKilled_reportsTheWaitFromThere() throws InterruptedException {
        assertThat(measure(LockProcessScenario.MUTEX, LockProcessScenario.RECOVERY_WRITE))
                .containsOnlyKeys("p50", "p99", "max", "resident")
                .allSatisfy((metric, value) -> assertThat(value).isPositive().isFinite());
    }

    private Map<String, Double> measure(String program, LockProcessScenario scenario) throws InterruptedException {
        List<String> arguments =
                NativeProgram.arguments(Timing.PROBE, scenario.task().repetitions(Timing.PROBE), false);
        return new NativeProgram(programs.resolve(program), any -> true, any -> arguments)
                .measure(scenario.scenario(), directory);
    }
}
