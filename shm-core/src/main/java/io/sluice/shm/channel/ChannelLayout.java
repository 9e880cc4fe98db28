package io.sluice.shm.channel;

import io.sluice.shm.memory.FileHeader;
import io.sluice.shm.memory.FileType;
import io.sluice.shm.memory.Layout;

/** The channel's file: words, each on a line of its own, the table of subscribers, and the ring behind them. */
final class ChannelLayout {
    static final int SUBSCRIBERS = 64;
    static final int PAGE = 4096;

    private static final Layout.Builder FIELDS = FileHeader.declare(Layout.named("channel"));

    static final int CAPACITY = FIELDS.int32("capacity", "of the ring, bytes, a power of two; by the creator");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int TAIL =
            FIELDS.int64("tail", "at most capacity/16 and a frame behind the last committed frame; publisher, release");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int LIMIT =
            FIELDS.int64("limit", "no frame ends behind this position; never falls; CAS by publisher and leavers");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int SLEEPERS = FIELDS.int32("sleepers", "1: ring the subscribers' bells; set by them, exchanged");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int PUBLISHER_BELL = FIELDS.int32("publisherBell", "1 + bell to ring when there is room; 0 none");
    static final int SUBSCRIBERS_HIGH = FIELDS.int32("subscribersHigh", "subscriber entries ever used; raised by CAS");

    static {
        FIELDS.align(Layout.LINE);
    }

    static final int PUBLISHER = FIELDS.int64("publisher", "owner word of the live publication; CAS");
    static final int ENDED =
            FIELDS.int64("ended", "position | type of an end frame that is due there; publisher, release; 0 none");

    static {
        FIELDS.table(SUBSCRIBERS, Layout.LINE);
    }

    static final int SUBSCRIBER = FIELDS.int64("subscriber", "owner word | JOINING (bit 55); CAS to take, 0 to leave");
    static final int POSITION = FIELDS.int64("position", "of the next frame it reads; subscriber, release");
    static final int SUBSCRIBER_BELL = FIELDS.int32("subscriberBell", "1 + bell it sleeps on; 0 none");

    static final Layout LAYOUT = FIELDS.endTable().align(PAGE).end();

    /** The owner words are the publisher's and the subscribers', one a line. */
    static final FileType TYPE = new FileType(
            "channel", "SLUICECH", 1, LAYOUT, new FileType.Owners(PUBLISHER, 1 + SUBSCRIBERS, Layout.LINE));

    private ChannelLayout() {}

    static int subscriber(int index, int field) {
        return field + index * Layout.LINE;
    }
}
