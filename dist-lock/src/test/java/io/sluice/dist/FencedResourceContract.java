package io.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link FencedResource} keeps to. */
abstract class FencedResourceContract {
    private static final byte[] ONE = bytes("one");
    private static final byte[] TWO = bytes("two");

    private FencedResource resource;

    /** Opens the resource {@code name}, which takes values of up to 64 bytes. */
    abstract FencedResource open(String name) throws Exception;

    /** Before and after each test. */
    void prepare() throws Exception {}

    void cleanUp() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @BeforeEach
    void openResource() throws Exception {
        prepare();
        resource = open("book");
    }

    @AfterEach
    void closeResource() {
        resource.close();
        cleanUp();
    }

    @Test
    void newResource_isEmpty() {
        assertThat(resource.read()).isEmpty();
        assertThat(resource.token()).isZero();
        assertThat(resource.name()).isEqualTo("book");
    }

    @Test
    void write_withARisingOrTheSameToken_isDone() {
        resource.write(7, ONE);
        assertThat(resource.read()).isEqualTo(ONE);
        resource.write(7, TWO);
        assertThat(resource.read()).isEqualTo(TWO);
        resource.write(8, ONE);
        assertThat(resource.read()).isEqualTo(ONE);
        assertThat(resource.token()).isEqualTo(8);
    }

    @Test
    void write_withALowerToken_isRefusedAndChangesNothing() {
        resource.write(8, ONE);
        assertThatThrownBy(() -> resource.write(7, TWO))
                .isInstanceOfSatisfying(StaleTokenException.class, e -> {
                    assertThat(e.token()).isEqualTo(7);
                    assertThat(e.highest()).isEqualTo(8);
                })
                .hasMessage("the hold's token was overtaken: resource=book, token=7, highest=8");
        assertThat(resource.read()).isEqualTo(ONE);
        assertThat(resource.token()).isEqualTo(8);
    }

    @Test
    void fence_shutsOlderOnesOut_andKeepsTheValue() {
        resource.write(7, ONE);
        resource.fence(8);
        assertThat(resource.read()).isEqualTo(ONE);
        assertThat(resource.token()).isEqualTo(8);
        assertThatThrownBy(() -> resource.write(7, TWO)).isInstanceOf(StaleTokenException.class);
        assertThatThrownBy(() -> resource.fence(7)).isInstanceOf(StaleTokenException.class);
        resource.write(8, TWO);
        assertThat(resource.read()).isEqualTo(TWO);
    }

    @Test
    void tokens_nextToEachOtherAtTheTop_areToldApart() {
        resource.write(FencedResource.MAX_TOKEN, ONE);
        assertThat(resource.token()).isEqualTo(FencedResource.MAX_TOKEN);
        assertThatThrownBy(() -> resource.write(FencedResource.MAX_TOKEN - 1, TWO))
                .isInstanceOf(StaleTokenException.class);
        resource.write(FencedResource.MAX_TOKEN, TWO);
        assertThat(resource.read()).isEqualTo(TWO);
    }

    @Test
    void token_outOfRange_isRefused() {
        assertThatThrownBy(() -> resource.write(0, ONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token is out of range: resource=book, token=0, max=9007199254740991");
        assertThatThrownBy(() -> resource.fence(FencedResource.MAX_TOKEN + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anotherOpening_seesTheSame() throws Exception {
        try (FencedResource other = open("book");
                FencedResource unrelated = open("page")) {
            other.write(8, ONE);
            assertThat(resource.read()).isEqualTo(ONE);
            assertThatThrownBy(() -> resource.write(7, TWO)).isInstanceOf(StaleTokenException.class);
            assertThat(unrelated.token()).isZero();
        }
        assertThat(resource.read()).isEqualTo(ONE);
    }

    @Test
    void value_ofAnyBytes_isKept() {
        byte[] all = new byte[64];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 4);
        }
        resource.write(1, all);
        assertThat(resource.read()).isEqualTo(all);
        resource.write(2, new byte[0]);
        assertThat(resource.read()).isEmpty();
    }

    @Test
    void closed_refusesEverything() {
        resource.close();
        resource.close();
        assertThatThrownBy(() -> resource.write(1, ONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("resource is closed: resource=book");
        assertThatThrownBy(() -> resource.fence(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> resource.read()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> resource.token()).isInstanceOf(IllegalStateException.class);
    }
}
