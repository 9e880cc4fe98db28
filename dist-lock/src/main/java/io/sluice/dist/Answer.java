package io.sluice.dist;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What write.lua and read.lua answer.
 *
 * @param micros of a grant, the token; else how long until it may be worth asking again
 * @param now time of Redis, us
 * @param text of a grant, what was found; else who is in the way
 */
record Answer(Kind kind, long micros, long now, String text) {
    private static final int LATE = 2;
    private static final int FIELDS = 4;
    private static final int HAND_OVER_FIELDS = 5;

    enum Kind {
        GRANTED,
        REFUSED,
        LATE
    }

    static Answer of(Object answer) {
        if (answer instanceof String grant) {
            String[] fields = grant.split(",", FIELDS);
            long now = Long.parseLong(fields[1]) * 1_000_000 + Long.parseLong(fields[2]);
            return new Answer(Kind.GRANTED, Long.parseLong(fields[0]), now, fields[3]);
        }
        List<?> fields = (List<?>) answer;
        Kind kind = (Long) fields.get(0) == LATE ? Kind.LATE : Kind.REFUSED;
        return new Answer(kind, (Long) fields.get(1), (Long) fields.get(2), (String) fields.get(3));
    }

    /** A grant that was not asked for. */
    record HandOver(String id, Answer grant) {
        /** What settle.lua publishes; null for a mere hint. */
        static @Nullable HandOver of(String message) {
            String[] fields = message.split(",", HAND_OVER_FIELDS);
            if (fields.length < HAND_OVER_FIELDS) {
                return null;
            }
            try {
                return new HandOver(
                        fields[4], Answer.of(message.substring(0, message.length() - fields[4].length() - 1)));
            } catch (NumberFormatException e) { // not of our scripts
                return null;
            }
        }
    }

    static boolean isGrant(Object answer) {
        return answer instanceof String;
    }
}
