package io.sluice.shm.channel;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;

/**
 * The channel's file: words, each on a line of its own, the tables of subscribers and producers, and the ring behind them.
 */
final class ChannelLayout {
    static final int SUBSCRIBERS = 64;
    static final int PRODUCERS = 64;
    static final int GUARD_NAME_BYTES = 104;

    /** Values of {@link #KIND}. */
    static final int EXCLUSIVE = 0;

    static final int GUARDED = 1;
    static final int PAGE = 4096;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("channel"));

    static final int CAPACITY = FIELDS.int32("capacity", "of the ring, bytes, a power of two; by the creator");
    static final int KIND = FIELDS.int32("kind", "0 exclusive: one publication; 1 guarded: many; by the creator");
    static final int GUARD_NAME_LENGTH = FIELDS.int32("guardNameLength", "bytes; by the creator");
    static final int GUARD_NAME = FIELDS.bytes("guardName", GUARD_NAME_BYTES, "ASCII; of the lock; by the creator");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int TAIL = FIELDS.int64(
            "tail", "exclusive: a bit behind the last frame; release. Guarded: end of the last claim, or a bias; CAS");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int LIMIT =
            FIELDS.int64("limit", "no frame ends behind this position; never falls; CAS by producers and leavers");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int SLEEPERS = FIELDS.int32("sleepers", "1: ring the subscribers' bells; set by them, exchanged");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int PUBLISHER_BELL = FIELDS.int32(
            "publisherBell", "exclusive: 1 + bell to ring for room. Guarded: 1: ring the producers' bells");
    static final int SUBSCRIBERS_HIGH = FIELDS.int32("subscribersHigh", "subscriber entries ever used; raised by CAS");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int PUBLISHER = FIELDS.int64("publisher", "exclusive: owner word of the publication; CAS. Guarded: 0");
    static final int ENDED =
            FIELDS.int64("ended", "position | type of an end frame that is due there; 0 none; release, guarded: CAS");
    static final int PRODUCER_CHANGES =
            FIELDS.int32("producerChanges", "guarded: raised when a producer entry was taken or given back; add");
    static final int PRODUCERS_HIGH = FIELDS.int32("producersHigh", "producer entries ever used; raised by CAS");

    static {
        FIELDS.table(SUBSCRIBERS, Layout.LINE);
    }

    static final int SUBSCRIBER = FIELDS.int64("subscriber", "owner word | JOINING (bit 55); CAS to take, 0 to leave");
    static final int POSITION = FIELDS.int64("position", "of the next frame it reads; subscriber, release");
    static final int SUBSCRIBER_BELL = FIELDS.int32("subscriberBell", "1 + bell it sleeps on; 0 none");

    static {
        FIELDS.endTable().table(PRODUCERS, Layout.LINE);
    }

    static final int PRODUCER = FIELDS.int64("producer", "guarded: owner word of a publication; CAS; 0 free");
    static final int PRODUCER_BELL = FIELDS.int32("producerBell", "1 + bell it sleeps on; 0 none");
    static final int BIAS_END = FIELDS.int64("biasEnd", "end of its last claim under its bias, announced; release");
    static final int BIAS =
            FIELDS.int64("bias", "as in tail, or that and REVOKING (bit 62), or the end; its own, release; any, CAS");

    static final Layout LAYOUT = FIELDS.endTable().align(PAGE).end();

    /** The owner words are the publisher's, the subscribers' and the producers', one a line. */
    static final FileType TYPE = new FileType(
            "channel", "SLUICECH", 1, LAYOUT, new FileType.Owners(PUBLISHER, 1 + SUBSCRIBERS + PRODUCERS, Layout.LINE));

    private ChannelLayout() {}

    static int subscriber(int index, int field) {
        return field + index * Layout.LINE;
    }

    static int producer(int index, int field) {
        return field + index * Layout.LINE;
    }
}
