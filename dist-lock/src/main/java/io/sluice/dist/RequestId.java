package io.sluice.dist;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names of requests, which are also those of the holds that they get: {@code client:number:millis:pid:host:thread}. They
 * tell people who it is, at no cost to Redis, and the scripts which client to wake.
 */
final class RequestId {
    private static final int MAX_TEXT = 40;
    private static final int RADIX = 36;
    private static final int PARTS = 6;
    private static final String PROCESS = ":" + ProcessHandle.current().pid() + ":" + host() + ":";

    /** Of this JVM's host, for people. */
    private static String host() {
        String name = System.getenv("HOSTNAME");
        if (name == null || name.isEmpty()) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                name = "unknown";
            }
        }
        return shorten(name.replaceAll("[^A-Za-z0-9._-]", "_"));
    }

    private static String shorten(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    /** Makes the ids of one lock object. */
    static final class Source {
        private final String client = Long.toUnsignedString(new SecureRandom().nextLong(), RADIX);
        private final AtomicLong numbers = new AtomicLong();

        String client() {
            return client;
        }

        boolean made(String id) {
            return id.startsWith(client) && id.startsWith(":", client.length());
        }

        /** For {@code thread}, empty for none. */
        String next(String thread) {
            return client + ":" + Long.toString(numbers.incrementAndGet(), RADIX) + ":"
                    + Long.toString(System.currentTimeMillis(), RADIX) + PROCESS + shorten(thread);
        }
    }

    /**
     * An id for people.
     *
     * @param process host and pid
     * @param thread empty for none
     * @param millis when it asked, by its own clock
     */
    record Party(String process, String thread, long millis) {
        static Party of(String id) {
            String[] parts = id.split(":", PARTS);
            if (parts.length < PARTS) {
                return new Party("id=" + id, "", 0);
            }
            return new Party("host=" + parts[4] + " pid=" + parts[3], parts[5], millis(parts[2]));
        }

        private static long millis(String text) {
            try {
                return Long.parseLong(text.toLowerCase(Locale.ROOT), RADIX);
            } catch (NumberFormatException e) {
                return 0;
            }
        }
    }

    private RequestId() {}
}
