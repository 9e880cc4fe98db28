package io.sluice.shm.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "_", "9", "book.v2", "a-b_c.d", "a.."})
    void check_goodName_isReturned(String name) {
        assertThat(Names.check("domain", name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../a",
                "a/b",
                "/",
                "/a",
                "-a",
                ".hidden",
                ".building-a",
                "a b",
                "a\n",
                "a\0",
                "ä",
                "a\\b"
            })
    void check_badName_isRefusedWithTheRule(String name) {
        assertThatThrownBy(() -> Names.check("domain", name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "domain name must be 1 to 100 of A-Z a-z 0-9 _ . - and begin with a letter, digit or _: name="
                                + name);
    }

    @Test
    void check_longestName_isReturned() {
        String name = "x".repeat(Names.MAX_LENGTH);

        assertThat(Names.check("channel", name)).isEqualTo(name);
    }

    @Test
    void check_oneTooLong_isRefused() {
        assertThatThrownBy(() -> Names.check("channel", "x".repeat(Names.MAX_LENGTH + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("channel name must be 1 to 100 of");
    }
}
