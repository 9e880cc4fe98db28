package io.sluice.dist;

import java.util.List;
import org.redisson.config.NameMapper;

/**
 * Names of what a lock keeps in Redis; see PROTOCOL.md. All have one hash tag, so that a cluster keeps them together.
 */
record Keys(List<Object> all, List<Object> forRenewal) {
    static Keys of(String prefix, String name, NameMapper mapper) {
        String base = base(prefix, name);
        String state = mapper.map(base);
        String readers = mapper.map(base + ":r");
        return new Keys(
                List.of(state, readers, mapper.map(base + ":w"), mapper.map(base + ":a"), mapper.map(base + ":q")),
                List.of(state, readers));
    }

    private static String base(String prefix, String name) {
        return "{" + prefix + ":" + name + "}";
    }

    /**
     * The channel of the readers; that of a client is this, ":" and the client. Before the client's name mapper: topics go
     * through it by themselves.
     */
    static String channel(String prefix, String name) {
        return base(prefix, name) + ":c";
    }
}
