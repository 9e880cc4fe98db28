package io.sluice.shm.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class LayoutTest {
    @Test
    void add_wordsBehindSmallerOnes_areAligned() {
        Layout.Builder fields = Layout.named("test");

        assertThat(fields.int32("a", "")).isEqualTo(0);
        assertThat(fields.int64("b", "")).isEqualTo(8);
        assertThat(fields.bytes("c", 3, "")).isEqualTo(16);
        assertThat(fields.bytes("d", 2, "")).isEqualTo(19);
        assertThat(fields.int32("e", "")).isEqualTo(24);
        assertThat(fields.int32("f", "")).isEqualTo(28);
        assertThat(fields.end().size()).isEqualTo(32);
    }

    @Test
    void align_alreadyAligned_skipsNothing() {
        Layout.Builder fields = Layout.named("test");
        fields.align(Layout.LINE);

        assertThat(fields.int64("a", "")).isEqualTo(0);
        fields.align(Layout.LINE).align(Layout.LINE);
        assertThat(fields.int64("b", "")).isEqualTo(128);
    }

    @Test
    void declare_behindTheHeader_keepsTheHeadersOffsets() {
        Layout header = FileHeader.declare(Layout.named("test")).end();
        Layout.Builder fields = FileHeader.declare(Layout.named("test"));

        assertThat(fields.int32("first", "")).isEqualTo(header.size());
        assertThat(fields.end().diagram().lines().skip(2))
                .startsWith(header.diagram().lines().skip(2).toArray(String[]::new));
    }

    @Test
    void table_afterFields_beginsOnALineAndRepeats() {
        Layout.Builder fields = Layout.named("test");
        fields.int32("a", "");
        fields.table(3, 64);

        assertThat(fields.int64("key", "")).isEqualTo(128);
        assertThat(fields.int64("value", "")).isEqualTo(136);
        fields.endTable();
        assertThat(fields.int32("behind", "")).isEqualTo(128 + 3 * 64);
    }

    @Test
    void endTable_entryIsLongerThanTheStride_saysBoth() {
        Layout.Builder fields = Layout.named("test").table(3, 16);
        fields.int64("a", "");
        fields.int64("b", "");
        fields.int32("c", "");

        assertThatThrownBy(fields::endTable)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("entry does not fit: layout=test, bytes=20, stride=16");
    }

    @Test
    void endTable_entryFillsTheStride_fits() {
        Layout.Builder fields = Layout.named("test").table(3, 16);
        fields.int64("a", "");
        fields.int64("b", "");

        assertThat(fields.endTable().end().size()).isEqualTo(48);
    }

    @Test
    void fingerprint_sameDeclaration_isTheSame() {
        assertThat(fingerprint("test", LayoutTest::declareSample)).isEqualTo(sample());
    }

    @Test
    void fingerprint_meaning_doesNotCount() {
        assertThat(fingerprint("test", fields -> {
                    fields.int32("a", "tells something else");
                    fields.int64("b", "");
                    fields.table(4, 64).int64("c", "");
                    fields.endTable();
                }))
                .isEqualTo(sample());
    }

    @Test
    void fingerprint_nameOfAField_counts() {
        assertThat(fingerprint("test", fields -> {
                    fields.int32("x", "");
                    fields.int64("b", "");
                    fields.table(4, 64).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_nameOfTheLayout_counts() {
        assertThat(fingerprint("other", LayoutTest::declareSample)).isNotEqualTo(sample());
    }

    @Test
    void fingerprint_sizeOfAField_counts() {
        assertThat(fingerprint("test", fields -> {
                    fields.bytes("a", 5, "");
                    fields.int64("b", "");
                    fields.table(4, 64).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_offsetOfAField_counts() {
        assertThat(fingerprint("test", fields -> {
                    fields.int32("a", "");
                    fields.align(16).int64("b", "");
                    fields.table(4, 64).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_orderOfFields_counts() {
        assertThat(fingerprint("test", fields -> {
                    fields.int64("b", "");
                    fields.int32("a", "");
                    fields.table(4, 64).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    /** Half as many entries twice as far apart: only count and stride differ. */
    @Test
    void fingerprint_countAndStrideOfTheSameExtent_count() {
        assertThat(fingerprint("test", fields -> {
                    fields.int32("a", "");
                    fields.int64("b", "");
                    fields.table(2, 128).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_numberOfEntries_counts() {
        assertThat(fingerprint("test", fields -> {
                    fields.int32("a", "");
                    fields.int64("b", "");
                    fields.table(5, 64).int64("c", "");
                    fields.endTable();
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_furtherField_counts() {
        assertThat(fingerprint("test", fields -> {
                    declareSample(fields);
                    fields.int32("more", "");
                }))
                .isNotEqualTo(sample());
    }

    @Test
    void fingerprint_paddingAtTheEnd_counts() {
        assertThat(fingerprint("test", fields -> {
                    declareSample(fields);
                    fields.align(4096);
                }))
                .isNotEqualTo(sample());
    }

    /** FNV-1a of the canonical text, computed by hand: who changes the function splits running systems. */
    @Test
    void fingerprint_knownText_isItsFnv1a() {
        Layout.Builder fields = Layout.named("t");
        fields.int64("a", "");
        long hash = 0xcbf29ce484222325L;
        for (char c : "t 8\n0 8 1 0 a\n".toCharArray()) {
            hash = (hash ^ c) * 0x100000001b3L;
        }

        assertThat(fields.end().fingerprint()).isEqualTo(hash);
    }

    @Test
    void diagram_fieldsAndTable_areAligned() {
        Layout.Builder fields = Layout.named("test");
        fields.int32("state", "0 free, 1 taken");
        fields.table(2, 128).int64("owner", "who; CAS");
        Layout layout = fields.endTable().end();

        assertThat(layout.diagram().lines())
                .containsExactly(
                        String.format("test: 384 bytes, fingerprint %016x", layout.fingerprint()),
                        "  offset  bytes  field                  meaning",
                        "       0      4  state                  0 free, 1 taken",
                        "     128      8  owner                  who; CAS  [2 times, every 128 bytes]");
    }

    private static long sample() {
        return fingerprint("test", LayoutTest::declareSample);
    }

    private static void declareSample(Layout.Builder fields) {
        fields.int32("a", "one");
        fields.int64("b", "two");
        fields.table(4, 64).int64("c", "three");
        fields.endTable();
    }

    private static long fingerprint(String name, Consumer<Layout.Builder> declaration) {
        Layout.Builder fields = Layout.named(name);
        declaration.accept(fields);
        return fields.end().fingerprint();
    }
}
