package io.sluice.shm.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A kind of shared file.
 *
 * @param description for messages, for example {@code channel}
 * @param magic eight ASCII characters, the first bytes of the file
 * @param version of the format; raised when the meaning of a field changes
 * @param layout which must begin with {@link FileHeader#declare}
 * @param owners its owner words
 */
public record FileType(String description, String magic, int version, Layout layout, Owners owners) {
    /**
     * Where the file keeps the words that name its users, so that anybody can tell whether a live one is left.
     *
     * @param offset of the first, bytes
     * @param count of words
     * @param stride from one to the next, bytes
     */
    public record Owners(int offset, int count, int stride) {}

    public FileType {
        if (magic.length() != Long.BYTES) {
            throw new IllegalArgumentException("must be 8 characters: magic=" + magic);
        }
    }

    /** The magic as a word in native byte order. */
    long magicWord() {
        return ByteBuffer.wrap(magic.getBytes(StandardCharsets.US_ASCII))
                .order(ByteOrder.nativeOrder())
                .getLong();
    }
}
