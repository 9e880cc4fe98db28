package io.sluice.rwlock;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.Participants;
import io.sluice.shm.memory.Words;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Explains the words of a lock to people. A snapshot; words change while they are read. */
final class LockDecoder {
    private final Words words;
    private final Participants participants;

    LockDecoder(Words words, Participants participants) {
        this.words = words;
        this.participants = participants;
    }

    /** The shared words by name, without names of processes: the same for the same state. */
    static String state(Words words) {
        long writers = words.longVolatile(LockLayout.WRITERS);
        boolean slow = (writers & LockLayout.SLOW) != 0;
        boolean revoked = words.intVolatile(LockLayout.REVOKED) != 0;
        return "writers=" + bits(writers & LockLayout.PARTICIPANTS)
                + ", owner=" + slot(words.longVolatile(LockLayout.OWNER))
                + ", section=" + ((words.longVolatile(LockLayout.TOKEN) & 1) == 0 ? "closed" : "open")
                + ", readers=" + (slow ? revoked ? "unbiased" : "revoking" : "biased")
                + ", lanes=" + lanes(words)
                + (words.intVolatile(LockLayout.ADMIT) != 0 ? ", admit" : "")
                + (words.intVolatile(LockLayout.SUSPECT) != 0 ? ", suspect" : "");
    }

    private static String slot(long owner) {
        return owner == Owner.NOBODY ? "nobody" : String.valueOf(Owner.slot(owner));
    }

    private static List<Integer> bits(long writers) {
        List<Integer> slots = new ArrayList<>();
        for (long left = writers; left != 0; left &= left - 1) {
            slots.add(Long.numberOfTrailingZeros(left));
        }
        return slots;
    }

    /** The slots that hold lanes, one entry for each lane that is held. */
    private static List<Integer> lanes(Words words) {
        List<Integer> holders = new ArrayList<>();
        for (int lane = 0; lane < LockLayout.SLOTS + words.intPlain(LockLayout.LANES); lane++) {
            for (int field : new int[] {LockLayout.LANE_OWN, LockLayout.LANE_COUNTED}) {
                long word = words.longVolatile(LockLayout.lane(lane, field));
                if (LaneWord.count(word) != 0) {
                    holders.add(Owner.slot(LaneWord.owner(word)));
                }
            }
        }
        return holders;
    }

    List<LockParty> parties() {
        List<LockParty> parties = new ArrayList<>();
        long now = System.nanoTime();
        addWriters(parties, now);
        for (int lane = 0; lane < LockLayout.SLOTS + words.intPlain(LockLayout.LANES); lane++) {
            addReaders(parties, lane, now);
        }
        return parties;
    }

    private void addWriters(List<LockParty> parties, long now) {
        long writers = words.longVolatile(LockLayout.WRITERS);
        long owner = words.longVolatile(LockLayout.OWNER);
        boolean inSection = (words.longVolatile(LockLayout.TOKEN) & 1) != 0;
        for (int slot : bits(writers & LockLayout.PARTICIPANTS)) {
            long want = words.longVolatile(LockLayout.slot(slot, LockLayout.WANT));
            boolean holds = inSection && want == owner;
            long since = holds ? blockedSince() : words.longVolatile(LockLayout.slot(slot, LockLayout.WRITER_WAITING));
            parties.add(party(LockMode.WRITE, holds, want, writerName(slot, want), age(now, since)));
        }
    }

    /** By the thread's lane, as long as that is its participant's. */
    private String writerName(int slot, long want) {
        int lane = words.intVolatile(LockLayout.slot(slot, LockLayout.WRITER_LANE));
        if (lane == 0) {
            return name(
                    LockLayout.slot(slot, LockLayout.WRITER_NAME_LENGTH),
                    LockLayout.slot(slot, LockLayout.WRITER_NAME));
        }
        boolean stands = lane >= LockLayout.SLOTS
                && lane < LockLayout.SLOTS + words.intPlain(LockLayout.LANES)
                && words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER)) == want;
        return stands ? laneName(lane) : "";
    }

    private String laneName(int lane) {
        return name(LockLayout.lane(lane, LockLayout.LANE_NAME_LENGTH), LockLayout.lane(lane, LockLayout.LANE_NAME));
    }

    private long blockedSince() {
        boolean same = words.longVolatile(LockLayout.BLOCKING_TOKEN) == words.longVolatile(LockLayout.TOKEN);
        return same ? words.longVolatile(LockLayout.OWNER_BLOCKING) : 0;
    }

    private void addReaders(List<LockParty> parties, int lane, long now) {
        String thread = lane < LockLayout.SLOTS ? "" : laneName(lane);
        long blocking = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_BLOCKING));
        long own = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWN));
        long counted = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_COUNTED));
        if (LaneWord.count(own) != 0) {
            parties.add(party(LockMode.READ, true, LaneWord.owner(own), thread, age(now, blocking)));
        }
        if (LaneWord.count(counted) != 0) {
            parties.add(party(LockMode.READ, true, LaneWord.owner(counted), thread, age(now, blocking)));
        }
        long waiting = words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_WAITING));
        if (waiting != 0) {
            long owner = lane < LockLayout.SLOTS
                    ? words.longVolatile(LockLayout.slot(lane, LockLayout.USER))
                    : words.longVolatile(LockLayout.lane(lane, LockLayout.LANE_OWNER));
            parties.add(party(LockMode.READ, false, owner, thread, age(now, waiting)));
        }
    }

    private LockParty party(LockMode mode, boolean holds, long owner, String thread, Duration age) {
        return new LockParty(mode, holds, participants.describe(owner).toString(), thread, age);
    }

    private static Duration age(long now, long since) {
        return since == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, now - since));
    }

    private String name(int lengthAt, int at) {
        int length = words.intAcquire(lengthAt);
        byte[] name = new byte[Math.max(0, Math.min(length, LockLayout.NAME_BYTES))];
        words.bytesPlain(at, name);
        return new String(name, StandardCharsets.UTF_8);
    }

    String describe(String lock, Path path) {
        long token = words.longVolatile(LockLayout.TOKEN);
        boolean torn = (token & 1) != 0 && (words.longVolatile(LockLayout.WRITERS) & LockLayout.PARTICIPANTS) == 0;
        return "lock: name=" + lock + ", path=" + path + ", token=" + (token >>> 1)
                + ", consistent=" + !torn + "\n  words: " + state(words) + "\n"
                + parties().stream().map(party -> "  " + party + "\n").collect(Collectors.joining());
    }
}
