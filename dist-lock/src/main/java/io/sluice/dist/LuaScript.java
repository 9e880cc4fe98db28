package io.sluice.dist;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script from the resources beside this class.
 *
 * @param text for EVAL
 * @param sha for EVALSHA
 */
record LuaScript(String text, String sha) {
    /** The files one after the other: what several scripts share is a file of its own. */
    static LuaScript load(String... files) {
        StringBuilder text = new StringBuilder();
        for (String file : files) {
            text.append(read(file));
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return new LuaScript(text.toString(), HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(String file) {
        try (InputStream in = LuaScript.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("a script is missing in the jar: file=" + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
