package io.sluice.shm.memory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The shape of a shared file, declared once: the offsets in the code, the diagram in the specification and the
 * fingerprint in the file's header all come from the same declaration.
 *
 * <p>A builder hands out the offset of each field as it is declared; {@link Builder#end} freezes the whole. The
 * fingerprint is FNV-1a (64 bit) over the canonical text, which has one line a field: offset, size, count, stride, name.
 * What a field means is told beside it and is not part of the fingerprint. Immutable.
 */
public final class Layout {
    /** Shared words that different processes write are this far apart (adjacent-line prefetch). */
    public static final int LINE = 128;

    private record Field(int offset, int size, int count, int stride, String name, String meaning) {
        String canonical() {
            return offset + " " + size + " " + count + " " + stride + " " + name + "\n";
        }
    }

    private final String name;
    private final List<Field> fields;
    private final int size;
    private final long fingerprint;

    private Layout(Builder builder) {
        this.name = builder.name;
        this.fields = List.copyOf(builder.fields);
        this.size = builder.offset;
        this.fingerprint = fingerprint(name, fields, size);
    }

    public static Builder named(String name) {
        return new Builder(name);
    }

    /** The size in bytes, where a field of variable size would begin. */
    public int size() {
        return size;
    }

    public long fingerprint() {
        return fingerprint;
    }

    /** The fields as an aligned table, for the specification and for people. */
    public String diagram() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%s: %d bytes, fingerprint %016x%n", name, size, fingerprint));
        text.append(String.format(Locale.ROOT, "%8s %6s  %-22s %s%n", "offset", "bytes", "field", "meaning"));
        for (Field field : fields) {
            String repeated = field.count == 1 ? "" : "  [" + field.count + " times, every " + field.stride + " bytes]";
            text.append(String.format(
                    Locale.ROOT,
                    "%8d %6d  %-22s %s%s%n",
                    field.offset,
                    field.size,
                    field.name,
                    field.meaning,
                    repeated));
        }
        return text.toString();
    }

    private static long fingerprint(String name, List<Field> fields, int size) {
        StringBuilder canonical =
                new StringBuilder(name).append(' ').append(size).append('\n');
        fields.forEach(field -> canonical.append(field.canonical()));
        long hash = 0xcbf29ce484222325L;
        for (byte b : canonical.toString().getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    /** Declares fields in the order of their offsets. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final List<Field> fields = new ArrayList<>();
        private int offset;
        private int count = 1;
        private int stride;
        private int tableStart;

        private Builder(String name) {
            this.name = name;
        }

        /** Begins with the fields of {@code layout}. */
        Builder prefix(Layout layout) {
            fields.addAll(layout.fields);
            offset = layout.size;
            return this;
        }

        /** Declares a 64-bit word and returns its offset; in a table, that of the first entry. */
        public int int64(String field, String meaning) {
            return add(field, 8, 8, meaning);
        }

        /** Declares a 32-bit word. */
        public int int32(String field, String meaning) {
            return add(field, 4, 4, meaning);
        }

        /** Declares {@code length} bytes. */
        public int bytes(String field, int length, String meaning) {
            return add(field, length, 1, meaning);
        }

        /** Skips to the next multiple of {@code alignment}, a power of two. */
        public Builder align(int alignment) {
            offset = (offset + alignment - 1) & -alignment;
            return this;
        }

        /** Begins a table: the fields up to {@link #endTable} repeat {@code entries} times, {@code bytes} apart. */
        public Builder table(int entries, int bytes) {
            align(LINE);
            count = entries;
            stride = bytes;
            tableStart = offset;
            return this;
        }

        public Builder endTable() {
            if (offset - tableStart > stride) {
                throw new IllegalStateException("entry does not fit: layout=" + name + ", bytes="
                        + (offset - tableStart) + ", stride=" + stride);
            }
            offset = tableStart + count * stride;
            count = 1;
            stride = 0;
            return this;
        }

        public Layout end() {
            return new Layout(this);
        }

        private int add(String field, int bytes, int alignment, String meaning) {
            align(alignment);
            int at = offset;
            fields.add(new Field(at, bytes, count, stride, field, meaning));
            offset += bytes;
            return at;
        }
    }
}
