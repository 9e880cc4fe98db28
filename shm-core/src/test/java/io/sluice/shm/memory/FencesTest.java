package io.sluice.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.os.Membarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FencesTest {
    private String setting;

    @BeforeEach
    void keepSetting() {
        setting = System.getProperty(Fences.PROPERTY, "light");
    }

    @AfterEach
    void restoreSetting() {
        System.setProperty(Fences.PROPERTY, setting);
    }

    @Test
    void supported_full_isFull() {
        System.setProperty(Fences.PROPERTY, "full");

        assertThat(Fences.supported()).isEqualTo(Fences.Kind.FULL);
    }

    @Test
    void supported_withoutMembarrier_isFull() {
        assumeTrue(!Membarrier.register());

        assertThat(Fences.supported()).isEqualTo(Fences.Kind.FULL);
    }

    @Test
    void supported_settingIsNeither_namesTheSetting() {
        System.setProperty(Fences.PROPERTY, "none");

        assertThatThrownBy(Fences::supported)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("must be light or full: sluice.fences=none");
    }

    @Test
    void of_lightWithoutMembarrier_isRefused() {
        assumeTrue(!Membarrier.register());

        assertThatThrownBy(() -> Fences.of(Fences.Kind.LIGHT)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void of_supportedKind_fences() {
        Fences fences = Fences.of(Fences.supported());

        assertThat(fences.kind()).isEqualTo(Fences.supported());
        assertThatCode(() -> {
                    fences.light();
                    fences.heavy();
                })
                .doesNotThrowAnyException();
    }
}
