package io.sluice.shm.memory;

import io.sluice.shm.memory.IncompatibleFileException.Reason;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The first fields of every shared file. {@code magic} is stored last, with release; the file gets its name only after
 * that, so an opener that sees anything else than a complete header has a foreign or damaged file.
 */
public final class FileHeader {
    private static final int BYTE_ORDER_MARK = 0x01020304;

    /** Declares nothing else than the header: its offsets are those of every file. */
    private static final Layout.Builder FIELDS = Layout.named("header");

    private static final int MAGIC = FIELDS.int64("magic", "eight ASCII characters; stored last, release");
    private static final int VERSION = FIELDS.int32("version", "of the format");
    private static final int BYTE_ORDER = FIELDS.int32("byteOrder", "0x01020304 in the writer's order");
    private static final int LAYOUT = FIELDS.int64("layout", "fingerprint of this layout");
    private static final int LENGTH = FIELDS.int64("length", "of the whole file, bytes");
    private static final int BOOT_HIGH = FIELDS.int64("bootHigh", "boot id of the creator's machine, high half");
    private static final int BOOT_LOW = FIELDS.int64("bootLow", "low half");
    private static final int NONCE = FIELDS.int64("nonce", "random, tells a re-created file from its predecessor");
    private static final int CREATED = FIELDS.int64("created", "milliseconds since 1970, for people");
    private static final int DELETED = FIELDS.int32("deleted", "1: no new users; volatile, by delete under the lock");
    private static final Layout HEADER = FIELDS.end();

    private FileHeader() {}

    /** Begins {@code builder} with the header's fields. */
    public static Layout.Builder declare(Layout.Builder builder) {
        return builder.prefix(HEADER);
    }

    static void write(Words words, FileType type, long length, long nonce) {
        words.intPlain(VERSION, type.version());
        words.intPlain(BYTE_ORDER, BYTE_ORDER_MARK);
        words.longPlain(LAYOUT, type.layout().fingerprint());
        words.longPlain(LENGTH, length);
        words.longPlain(BOOT_HIGH, BootId.CURRENT.getMostSignificantBits());
        words.longPlain(BOOT_LOW, BootId.CURRENT.getLeastSignificantBits());
        words.longPlain(NONCE, nonce);
        words.longPlain(CREATED, System.currentTimeMillis());
        words.longRelease(MAGIC, type.magicWord());
    }

    static void check(Words words, FileType type, Path path, long actualLength) throws IncompatibleFileException {
        if (actualLength < HEADER.size()) {
            throw refuse(Reason.TRUNCATED, type, path, "is shorter than its header", actualLength, HEADER.size());
        }
        long magic = words.longAcquire(MAGIC);
        if (magic == Long.reverseBytes(type.magicWord()) || words.intPlain(BYTE_ORDER) == 0x04030201) {
            throw refuse(Reason.BYTE_ORDER, type, path, "has the other byte order", "reversed", "native");
        }
        if (magic != type.magicWord()) {
            throw refuse(Reason.FOREIGN, type, path, "has another magic", hex(magic), hex(type.magicWord()));
        }
        if (words.intPlain(VERSION) != type.version()) {
            throw refuse(
                    Reason.VERSION,
                    type,
                    path,
                    "has another version (delete it when nobody uses it)",
                    words.intPlain(VERSION),
                    type.version());
        }
        long layout = words.longPlain(LAYOUT);
        if (layout != type.layout().fingerprint()) {
            throw refuse(
                    Reason.LAYOUT,
                    type,
                    path,
                    "has another layout (delete it when nobody uses it)",
                    hex(layout),
                    hex(type.layout().fingerprint()));
        }
        checkBoot(words, type, path);
        checkLength(words, type, path, actualLength);
    }

    private static void checkBoot(Words words, FileType type, Path path) throws IncompatibleFileException {
        UUID boot = new UUID(words.longPlain(BOOT_HIGH), words.longPlain(BOOT_LOW));
        if (!boot.equals(BootId.CURRENT)) {
            throw refuse(
                    Reason.BOOT, type, path, "is left from before the last boot (delete it)", boot, BootId.CURRENT);
        }
    }

    private static void checkLength(Words words, FileType type, Path path, long actual)
            throws IncompatibleFileException {
        long length = words.longPlain(LENGTH);
        if (length > actual) {
            throw refuse(Reason.TRUNCATED, type, path, "is shorter than its header says", actual, length);
        }
        if (length != actual) {
            throw refuse(Reason.SIZE, type, path, "has another size than its header says", actual, length);
        }
        if (length < type.layout().size()) {
            throw refuse(
                    Reason.SIZE,
                    type,
                    path,
                    "is smaller than its layout",
                    actual,
                    type.layout().size());
        }
    }

    private static IncompatibleFileException refuse(
            Reason reason, FileType type, Path path, String what, Object actual, Object expected) {
        return new IncompatibleFileException(
                reason,
                type.description() + " file " + what + ": path=" + path + ", actual=" + actual + ", expected="
                        + expected);
    }

    static long nonce(Words words) {
        return words.longPlain(NONCE);
    }

    static boolean isDeleted(Words words) {
        return words.intVolatile(DELETED) != 0;
    }

    static void setDeleted(Words words, boolean deleted) {
        words.intVolatile(DELETED, deleted ? 1 : 0);
    }

    /** The offset of the nonce in the file, for whoever compares a path's file with a mapping. */
    static int nonceOffset() {
        return NONCE;
    }

    private static String hex(long value) {
        return Long.toHexString(value);
    }
}
