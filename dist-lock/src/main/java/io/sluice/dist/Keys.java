package io.sluice.dist;

import java.util.List;
import org.redisson.config.NameMapper;

/**
 * Names of what a lock keeps in Redis; see PROTOCOL.md. All have one hash tag, so that a cluster keeps them together.
 *
 * @param channel of the readers; that of a client is this, ":" and the client
 */
record Keys(String state, String readers, String writers, String admitted, String waiting, String channel) {
    static Keys of(String prefix, String name, NameMapper mapper) {
        String base = base(prefix, name);
        return new Keys(
                mapper.map(base),
                mapper.map(base + ":r"),
                mapper.map(base + ":w"),
                mapper.map(base + ":a"),
                mapper.map(base + ":q"),
                mapper.map(channel(prefix, name)));
    }

    private static String base(String prefix, String name) {
        return "{" + prefix + ":" + name + "}";
    }

    /** Before the client's name mapper: topics go through it by themselves. */
    static String channel(String prefix, String name) {
        return base(prefix, name) + ":c";
    }

    List<Object> forWrite() {
        return List.of(state, readers, writers, admitted);
    }

    List<Object> all() {
        return List.of(state, readers, writers, admitted, waiting);
    }

    List<Object> forRenewal() {
        return List.of(state, readers);
    }
}
