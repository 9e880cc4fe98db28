package io.sluice.benchmarks;

import java.nio.file.Path;
import java.util.Optional;

/** A peer that the ordinary build does without: only the profile {@code peers} compiles it. */
interface HeavyPeer {
    /** Bytes; Aeron's rate grows with it, and this is the longest with which it was seen to gain. */
    int AERON_TERM_LENGTH = 1 << 26;

    /** Bytes; so that no message of the scenarios is sent in pieces. */
    int AERON_MTU = 1 << 13;

    Transport transport(String peer, Path directory);

    /** Started before the measured processes, for one repetition. */
    Transport.Helper helper(Path directory);

    /** The peer of that class, if it was compiled. */
    static Optional<HeavyPeer> find(String simpleName) {
        try {
            Class<?> type = Class.forName(HeavyPeer.class.getPackageName() + "." + simpleName);
            return Optional.of((HeavyPeer) type.getDeclaredConstructor().newInstance());
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a peer cannot be made: class=" + simpleName, e);
        }
    }
}
