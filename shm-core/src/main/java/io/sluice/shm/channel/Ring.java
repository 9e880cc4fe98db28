package io.sluice.shm.channel;

import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.Participant;
import io.sluice.shm.domain.Participants;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The mapped ring: what its publication and its subscriptions share. See SPEC.md for the protocol; the steps named in
 * comments are its steps.
 */
final class Ring {
    /** In a subscriber's word: it is choosing its position, and until it has, the limit stays where it is. */
    static final long JOINING = 1L << 55;

    /** Answers of {@link #lowestPosition} that are no positions. */
    static final long NO_SUBSCRIBER = Long.MAX_VALUE;

    static final long SUBSCRIBER_JOINING = Long.MIN_VALUE;

    /** How a ring reaches its memory; a test puts another in its place, which stops the actor before any access. */
    static class Memory {
        Words words(MappedFile file) {
            return file.words();
        }

        HotMemory hot(UnsafeBuffer part) {
            return new HotMemory(part);
        }
    }

    private final DomainCore core;
    private final Fences fences;
    private final MappedFile file;
    private final Words words;
    private final UnsafeBuffer data;
    /** The words that every message touches; as {@code words}, but cheaper to the compiler. */
    private final HotMemory hotWords;
    /** As {@code data}, for stamps and lengths. */
    private final HotMemory frames;

    private final int capacity;
    /** Of a position it leaves an offset at which a frame's header is within the ring, whatever the position. */
    private final long frameMask;

    private final long nonce;
    private final boolean guarded;
    private final Producers producers;
    private final TailBias tailBias;

    Ring(DomainCore core, MappedFile file, Memory memory) throws IncompatibleFileException {
        this.core = core;
        this.fences = core.fences();
        this.file = file;
        this.words = memory.words(file);
        this.capacity = checkedCapacity(file);
        this.nonce = file.nonce() | 1;
        this.guarded = words.intPlain(ChannelLayout.KIND) != ChannelLayout.EXCLUSIVE;
        this.producers = new Producers(this);
        this.frameMask = (long) capacity - Frame.ALIGNMENT;
        this.data = new UnsafeBuffer(file.buffer(), ChannelLayout.LAYOUT.size(), capacity);
        this.hotWords = memory.hot(new UnsafeBuffer(file.buffer(), 0, ChannelLayout.LAYOUT.size()));
        this.frames = memory.hot(data);
        this.tailBias = new TailBias(hotWords, fences);
    }

    private static int checkedCapacity(MappedFile file) throws IncompatibleFileException {
        int capacity = file.words().intPlain(ChannelLayout.CAPACITY);
        int length = file.buffer().capacity();
        if (!Channel.isCapacity(capacity) || length - ChannelLayout.LAYOUT.size() != capacity) {
            throw new IncompatibleFileException(
                    Reason.DAMAGED,
                    "channel file has a capacity that does not fit its length: path=" + file.path() + ", capacity="
                            + capacity + ", length=" + length);
        }
        return capacity;
    }

    /** Name of the lock that guards a ring of many publications; empty for an exclusive one. */
    String guardName() {
        int length = words.intPlain(ChannelLayout.GUARD_NAME_LENGTH);
        byte[] name = new byte[Math.max(0, Math.min(length, ChannelLayout.GUARD_NAME_BYTES))];
        words.bytesPlain(ChannelLayout.GUARD_NAME, name);
        return new String(name, StandardCharsets.US_ASCII);
    }

    boolean isGuarded() {
        return guarded;
    }

    Producers producers() {
        return producers;
    }

    TailBias tailBias() {
        return tailBias;
    }

    DomainCore core() {
        return core;
    }

    MappedFile file() {
        return file;
    }

    Words words() {
        return words;
    }

    Fences fences() {
        return fences;
    }

    UnsafeBuffer data() {
        return data;
    }

    HotMemory frames() {
        return frames;
    }

    long frameMask() {
        return frameMask;
    }

    int capacity() {
        return capacity;
    }

    int maxMessageLength() {
        return (capacity >> 1) - Frame.HEADER;
    }

    long nonce() {
        return nonce;
    }

    /** Whether the frame at {@code position} is committed; acquire, pairs with the commit's release. */
    boolean isCommitted(long position) {
        return frames.getLongAcquire(position & frameMask) == Frame.stamp(position, nonce);
    }

    /**
     * The size in the ring of the committed frame at {@code offset}.
     *
     * @throws CorruptChannelException if its length is out of range
     */
    int checkedSize(int offset, int length, int type, long position) {
        int most = type == Frame.PADDING ? capacity : maxMessageLength();
        if (length >= 0 && length <= most && type >= Frame.MESSAGE && type <= Frame.PUBLISHER_DIED) {
            int size = type == Frame.MESSAGE ? Frame.size(length) : Frame.controlSize(length);
            if (size <= capacity - offset) {
                return size;
            }
        }
        throw new CorruptChannelException(
                "frame is damaged: path=" + file.path() + ", position=" + position + ", offset=" + offset + ", length="
                        + length + ", type=" + type,
                position);
    }

    /** The size of the committed frame at {@code position}, an aligned one. */
    int sizeAt(long position) {
        int offset = (int) (position & frameMask);
        long lengthAndType = lengthAndType(offset);
        return checkedSize(offset, (int) lengthAndType, (int) (lengthAndType >>> Integer.SIZE), position);
    }

    /** A position of this channel is a multiple of 16, and stays one when two laps are added. */
    private boolean isPosition(long value) {
        return value >= 0 && (value & (Frame.ALIGNMENT - 1)) == 0 && value <= Long.MAX_VALUE - 2L * capacity;
    }

    CorruptChannelException damaged(String what, String name, long value, long position) {
        return new CorruptChannelException(
                what + ": path=" + file.path() + ", " + name + "=" + value + ", position=" + position, position);
    }

    /** Whether a stream has ended at {@code position}, with a frame or without; for a subscriber that is JOINING there. */
    boolean isEndAt(long position) {
        if (Frame.due(ended(), position) != 0) {
            return true;
        }
        return isEndFrameAt(position);
    }

    boolean isEndFrameAt(long position) {
        if (!isCommitted(position)) {
            return false;
        }
        int type = (int) (lengthAndType(position & frameMask) >>> Integer.SIZE);
        return type == Frame.END_OF_STREAM || type == Frame.PUBLISHER_DIED;
    }

    private long lengthAndType(long offset) {
        return Frame.lengthAndType(frames.getLong(offset + Frame.LENGTH));
    }

    /** Writes the frame's length and type, then its stamp. */
    void commit(int length, int type, long position) {
        head(length, type, position);
        commit(position);
    }

    /** Writes the length and type of a frame that is not committed. */
    void head(int length, int type, long position) {
        long word = Frame.lengthAndType(((long) type << Integer.SIZE) + length);
        frames.putLong((position & frameMask) + Frame.LENGTH, word);
    }

    /** Writes, with release, the stamp of a frame that has its length and type: from here on it is committed. */
    void commit(long position) {
        frames.putLongRelease(position & frameMask, Frame.stamp(position, nonce));
    }

    /**
     * The position behind the last committed frame: the tail word, which may be {@link #tailStep} and a frame behind,
     * moved on over committed frames. Only for a publisher, and for a subscriber that is JOINING: else what lies there
     * may be overwritten meanwhile.
     */
    long tail() {
        return guarded ? checkedClaimed() : committedTail();
    }

    private long committedTail() {
        long limit = limit();
        long tail = words.longAcquire(ChannelLayout.TAIL);
        long lag = tailStep() + Frame.size(maxMessageLength());
        if (!isPosition(tail) || !isPosition(limit) || tail < limit - capacity - lag) {
            throw damaged("tail or limit is damaged", "limit", limit, tail);
        }
        long position = Math.max(tail, limit - capacity);
        while (position < limit && isCommitted(position)) {
            position += sizeAt(position);
        }
        return position;
    }

    /** Of a guarded ring: where its last claim ends, or to whom it is biased. Not checked. */
    long tailWord() {
        return hotWords.getLongVolatile(ChannelLayout.TAIL);
    }

    /** Where the last claim of a guarded ring ends, or one that is being announced and may not count. Not checked. */
    long claimed() {
        while (true) {
            long tail = tailWord();
            if (!TailBias.isBias(tail)) {
                return tail;
            }
            long end = tailBias.reached(tail);
            if (tailWord() == tail) {
                return end;
            }
        }
    }

    /** Where the last claim of a guarded ring ends; takes the tail from who has it. Not checked. */
    long settledTail() {
        while (true) {
            long tail = tailWord();
            if (!TailBias.isBias(tail)) {
                return tail;
            }
            revokeBias(tail);
        }
    }

    /** Whether the publication of that entry claims without CAS. */
    boolean hasBias(int entry) {
        long tail = tailWord();
        return TailBias.isBias(tail) && TailBias.entry(tail) == entry;
    }

    /** Ends {@code bias}, which stood in the tail: where its last claim ended; negative: there is a newer one. Heavy fence. */
    long revokeBias(long bias) {
        long end = tailBias.revoke(bias);
        if (end < 0 && tailWord() == bias) {
            throw damaged("bias of the tail is damaged", "bias", bias, tailBias.reached(bias));
        }
        return end;
    }

    /** The limit is read before and after: it was, and stays, above what is claimed, and never a lap. */
    private long checkedClaimed() {
        long before = limit();
        long claimed = settledTail();
        long after = limit();
        if (!isPosition(claimed) || !isPosition(after) || claimed < before - capacity || claimed > after) {
            throw damaged("tail or limit is damaged", "limit", after, claimed);
        }
        return claimed;
    }

    /** Step G5: takes what lies from {@code from} to {@code to}, if nobody else has claimed it. Full fence. */
    boolean claim(long from, long to) {
        return hotWords.compareAndSetLong(ChannelLayout.TAIL, from, to);
    }

    /** The owner word of an exclusive ring's publication; opaque. */
    long publisher() {
        return hotWords.getLongOpaque(ChannelLayout.PUBLISHER);
    }

    /** Opaque. */
    int producerChanges() {
        return hotWords.getIntOpaque(ChannelLayout.PRODUCER_CHANGES);
    }

    /** The end of a stream that is due, and where, or 0; acquire. */
    long ended() {
        return hotWords.getLongAcquire(ChannelLayout.ENDED);
    }

    /**
     * Step R3, under the write side of the guard: makes padding of all that is claimed and not committed. Every aligned
     * place of a gap becomes a frame of its own, since a subscriber may have joined at any claim's end, and a dead claim's
     * length is not known.
     */
    void padGaps() {
        long end = checkedClaimed();
        long position = earliest();
        while (position < end) {
            if (isCommitted(position)) {
                position += sizeAt(position);
            } else {
                commit(0, Frame.PADDING, position);
                position += Frame.HEADER;
            }
        }
        if (position != end) {
            throw damaged("a frame crosses the tail", "tail", end, position);
        }
    }

    /** The first position that is claimed and not committed, or the tail. For people. */
    private long firstGap(long tail) {
        long position = earliest();
        while (position < tail && isCommitted(position)) {
            position += sizeAt(position);
        }
        return position;
    }

    /**
     * Whether a frame begins at {@code position}, for a subscriber that is JOINING: committed, or the first that is not.
     */
    boolean isBoundary(long position, long tail) {
        return position == tail || isCommitted(position) || position == firstGap(tail);
    }

    private long limit() {
        return hotWords.getLongAcquire(ChannelLayout.LIMIT);
    }

    /** The oldest frame that is certain to stay while the caller is JOINING. */
    long earliest() {
        long limit = limit();
        if (!isPosition(limit) || limit < capacity) {
            throw damaged("limit is damaged", "limit", limit, limit);
        }
        return limit - capacity;
    }

    /** As {@link #tail}, or a bit further; changes nothing. */
    long tailForPeople() {
        try {
            return guarded ? claimed() : committedTail();
        } catch (CorruptChannelException e) {
            return words.longAcquire(ChannelLayout.TAIL); // overwritten meanwhile, or really damaged
        }
    }

    /** How far the tail word may be behind, bytes, beside one frame. */
    long tailStep() {
        return capacity >> 4;
    }

    /** Publishes the position behind the last committed frame; release, for those who join and for a successor. */
    void moveTail(long position) {
        hotWords.putLongRelease(ChannelLayout.TAIL, position);
    }

    /** Makes what lies before {@code position} free for the publisher; release, pairs with its acquire. */
    void moveSubscriber(int positionWord, long position) {
        hotWords.putLongRelease(positionWord, position);
    }

    // The table of subscribers.

    int subscribersHigh() {
        return Math.max(0, Math.min(hotWords.getIntAcquire(ChannelLayout.SUBSCRIBERS_HIGH), ChannelLayout.SUBSCRIBERS));
    }

    long subscriber(int index) {
        return hotWords.getLongAcquire(ChannelLayout.subscriber(index, ChannelLayout.SUBSCRIBER));
    }

    long subscriberPosition(int index) {
        return hotWords.getLongAcquire(ChannelLayout.subscriber(index, ChannelLayout.POSITION));
    }

    private long checkedPosition(int index, long least, long most) {
        long position = subscriberPosition(index);
        if (!isPosition(position) || position < least || position > atMost(position, most)) {
            throw damaged("a subscriber's position is damaged", "subscriberPosition", position, most);
        }
        return position;
    }

    /** {@code most}, or, if {@code value} is beyond it and there are other producers, what they have claimed meanwhile. */
    private long atMost(long value, long most) {
        return value <= most || !guarded ? most : claimed();
    }

    /**
     * The position of the slowest subscriber, or {@link #NO_SUBSCRIBER}, or {@link #SUBSCRIBER_JOINING}.
     *
     * @throws CorruptChannelException if one is not within {@code least} to {@code most}
     */
    long lowestPosition(long least, long most) {
        long lowest = NO_SUBSCRIBER;
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            long owner = subscriber(i);
            if (owner != Owner.NOBODY) {
                long position = (owner & JOINING) != 0 ? SUBSCRIBER_JOINING : checkedPosition(i, least, most);
                lowest = Math.min(lowest, position);
            }
        }
        return lowest;
    }

    /**
     * Raises the shared limit to what the slowest subscriber allows; it never falls. The publisher calls it for room,
     * a subscriber when it leaves, so that the next one goes on where the last one stopped.
     *
     * @param least lowest position that a subscriber can have
     * @param most highest position that a subscriber can have; the shared limit is at most the capacity ahead of it
     * @param own a position that the shared limit has allowed
     * @return the shared limit
     */
    long raiseLimit(long least, long most, long own) {
        long lowest = lowestPosition(least, most);
        long shared = limit();
        if (shared < own || !isPosition(shared) || shared - capacity > atMost(shared - capacity, most)) {
            throw damaged("limit is damaged", "limit", shared, own);
        }
        if (lowest != NO_SUBSCRIBER && lowest != SUBSCRIBER_JOINING) {
            while (shared < lowest + capacity
                    && !hotWords.compareAndSetLong(ChannelLayout.LIMIT, shared, lowest + capacity)) {
                shared = limit();
            }
            return Math.max(shared, lowest + capacity);
        }
        return shared;
    }

    /**
     * Steps P4 to P7: the shared limit is raised first, then, behind a fence, the subscribers are looked at once more; a
     * subscriber that joins either sees the new limit or is seen here.
     *
     * @param own a position up to which the ring is written or claimed
     * @return where frames may end, or {@link #SUBSCRIBER_JOINING}
     */
    long allowedLimit(long own) {
        if (!isPosition(own)) {
            throw damaged("tail is damaged", "tail", own, own);
        }
        long first = own - capacity;
        long shared = raiseLimit(first, own, own);
        fences().light();
        long lowest = lowestPosition(first, own);
        if (lowest == SUBSCRIBER_JOINING) {
            return SUBSCRIBER_JOINING;
        }
        return lowest == NO_SUBSCRIBER ? shared : Math.min(shared, lowest + capacity);
    }

    /**
     * Called by a subscription that was told of the end of a stream at {@code position} and has freed its entry: if it was
     * the last one, the end is settled, and a successor need not write it.
     */
    void forgetEnd(long position, long toldDead) {
        if (lowestPosition(0, Long.MAX_VALUE) != NO_SUBSCRIBER) {
            return;
        }
        long ended = ended();
        if (Frame.due(ended, position) != 0) {
            words.longCas(ChannelLayout.ENDED, ended, 0);
        }
        long publisher = words.longAcquire(ChannelLayout.PUBLISHER);
        if (publisher == toldDead) { // else nobody was told of it yet
            words.longCas(ChannelLayout.PUBLISHER, publisher, Owner.NOBODY);
        }
    }

    /** The number of subscribers that have chosen their position. */
    int subscribers() {
        int count = 0;
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            long owner = subscriber(i);
            count += owner == Owner.NOBODY || (owner & JOINING) != 0 ? 0 : 1;
        }
        return count;
    }

    /** Frees the entries of dead subscribers and watches the others; system calls. True if any was freed. */
    boolean dropDeadSubscribers() {
        boolean dropped = false;
        Participants participants = core.participants();
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            long owner = subscriber(i);
            if (owner == Owner.NOBODY) {
                continue;
            }
            if (participants.isAlive(owner)) {
                core.deathWatch().watch(owner);
            } else {
                dropped |= words.longCas(ChannelLayout.subscriber(i, ChannelLayout.SUBSCRIBER), owner, Owner.NOBODY);
            }
        }
        return dropped;
    }

    /**
     * Takes an entry of the table, JOINING.
     *
     * @throws IllegalStateException if all are taken by the living
     */
    int join() {
        for (int i = 0; i < ChannelLayout.SUBSCRIBERS; i++) {
            long owner = subscriber(i);
            boolean available = owner == Owner.NOBODY || !core.participants().isAlive(owner);
            if (available) {
                raiseSubscribersHigh(i + 1);
                int word = ChannelLayout.subscriber(i, ChannelLayout.SUBSCRIBER);
                if (words.longCas(word, owner, core.participants().self() | JOINING)) {
                    words.intRelease(ChannelLayout.subscriber(i, ChannelLayout.SUBSCRIBER_BELL), 0);
                    return i;
                }
            }
        }
        throw new IllegalStateException(
                "channel has no free entry: path=" + file.path() + ", subscribers=" + ChannelLayout.SUBSCRIBERS);
    }

    private void raiseSubscribersHigh(int atLeast) {
        int high = words.intVolatile(ChannelLayout.SUBSCRIBERS_HIGH);
        while (high < atLeast && !words.intCas(ChannelLayout.SUBSCRIBERS_HIGH, high, atLeast)) {
            high = words.intVolatile(ChannelLayout.SUBSCRIBERS_HIGH);
        }
    }

    // Waking.

    /** After a commit and a light fence: rings the bells of all sleeping subscribers, if there is one. */
    void wakeSubscribers() {
        if (hotWords.getIntOpaque(ChannelLayout.SLEEPERS) != 0) {
            ringSubscribers();
        }
    }

    private void ringSubscribers() {
        words.intExchange(ChannelLayout.SLEEPERS, 0);
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            int word = ChannelLayout.subscriber(i, ChannelLayout.SUBSCRIBER_BELL);
            if (words.intAcquire(word) != 0) {
                core.bells().ring(words.intExchange(word, 0) - 1);
            }
        }
    }

    /** After a position has moved and a light fence: rings who waits for room. */
    void wakePublisher() {
        if (hotWords.getIntOpaque(ChannelLayout.PUBLISHER_BELL) != 0) {
            ringPublisher();
        }
    }

    private void ringPublisher() {
        if (guarded) {
            producers.ring();
        } else {
            core.bells().ring(words.intExchange(ChannelLayout.PUBLISHER_BELL, 0) - 1);
        }
    }

    /** After a full fence. */
    void wakeAll() {
        wakePublisher();
        wakeSubscribers();
    }

    /** The living subscriptions that are behind {@code tail}, the slowest first. System calls. */
    List<Backlog> backlog(long tail) {
        List<Backlog> behind = new ArrayList<>();
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            long owner = subscriber(i);
            long lag = tail - subscriberPosition(i);
            if (owner != Owner.NOBODY && (owner & JOINING) == 0 && lag > 0) {
                Participant participant = core.participants().describe(owner & Owner.MASK);
                if (participant.state() != Participant.State.DEAD) {
                    boolean stopped = participant.state() == Participant.State.STOPPED;
                    behind.add(new Backlog(participant.pid(), participant.name(), stopped, lag));
                }
            }
        }
        behind.sort(Comparator.comparingLong(Backlog::lag).reversed());
        return behind;
    }

    /** Takes away the memory. Who kept this buffer object gets an exception; who kept a view of it is on his own. */
    void unmap() {
        data.wrap(0, 0);
        file.release();
    }

    /** For people. */
    String describe(@Nullable ChannelGuard guard) {
        StringBuilder text = new StringBuilder();
        long tail = tailForPeople();
        text.append("channel: path=").append(file.path()).append(", capacity=").append(capacity);
        text.append(", tail=").append(tail).append(", limit=").append(limit());
        if (guarded) {
            describeGuarded(text, tail);
        } else {
            text.append("\n  publisher: ").append(name(words.longAcquire(ChannelLayout.PUBLISHER)));
            text.append(words.intAcquire(ChannelLayout.PUBLISHER_BELL) != 0 ? ", waits for room\n" : "\n");
        }
        for (int i = 0, high = subscribersHigh(); i < high; i++) {
            long owner = subscriber(i);
            if (owner != Owner.NOBODY) {
                long position = subscriberPosition(i);
                boolean sleeps = words.intAcquire(ChannelLayout.subscriber(i, ChannelLayout.SUBSCRIBER_BELL)) != 0;
                text.append("  subscriber: ")
                        .append(name(owner))
                        .append(", position=")
                        .append(position);
                text.append(", lag=").append(tail - position).append((owner & JOINING) != 0 ? ", joining" : "");
                text.append(sleeps ? ", waits for messages\n" : "\n");
            }
        }
        return guard == null ? text.toString() : text.append(guard.describe()).toString();
    }

    private void describeGuarded(StringBuilder text, long tail) {
        text.append(", guard=").append(guardName());
        long gap = gapForPeople(tail);
        text.append(gap == tail ? "\n" : ", claimed and not committed from=" + gap + "\n");
        producers.describe(text);
    }

    private long gapForPeople(long tail) {
        try {
            return firstGap(tail);
        } catch (CorruptChannelException e) {
            return tail; // overwritten meanwhile, or really damaged
        }
    }

    String name(long owner) {
        return owner == Owner.NOBODY
                ? "nobody"
                : core.participants().describe(owner & Owner.MASK).toString();
    }
}
