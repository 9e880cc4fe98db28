package io.sluice.shm.domain;

import java.util.regex.Pattern;

/** Names of domains and resources: they become file names. */
public final class Names {
    /** Longest name, characters. */
    public static final int MAX_LENGTH = 100;

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

    private Names() {}

    /**
     * Returns {@code name} if it is 1 to {@value #MAX_LENGTH} letters, digits, underscores, dots and hyphens of ASCII,
     * and begins with neither dot nor hyphen.
     *
     * @throws IllegalArgumentException if not
     */
    public static String check(String what, String name) {
        if (name.length() > MAX_LENGTH || !VALID.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " name must be 1 to " + MAX_LENGTH
                    + " of A-Z a-z 0-9 _ . - and begin with a letter, digit or _: name=" + name);
        }
        return name;
    }
}
