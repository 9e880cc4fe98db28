package io.sluice.shm.channel;

import io.sluice.shm.Domain;
import io.sluice.shm.domain.DomainCore;
import io.sluice.shm.domain.Names;
import io.sluice.shm.domain.Owner;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.Closers;
import io.sluice.shm.memory.IncompatibleFileException;
import io.sluice.shm.memory.IncompatibleFileException.Reason;
import io.sluice.shm.memory.Lifetime;
import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A named ring buffer in a domain (not a {@code java.nio} channel). One publication writes to it, or, if it was created
 * with a guard (GuardedChannel of the module {@code io.sluice:rwlock}), up to {@value #MAX_PUBLICATIONS}; any number of
 * subscriptions, up to {@value #MAX_SUBSCRIBERS}, read from it, in the same process or in others.
 *
 * <p>Loss-free: a publication waits for the slowest living subscription. While there is none the ring fills and keeps
 * its messages for the first to come; they outlive the processes and are gone only with {@link #delete} or the
 * machine's next boot.
 *
 * <p>Thread-safe; publications and subscriptions are not.
 */
public final class Channel implements AutoCloseable {
    /** Capacity of a channel whose creator asked for none, bytes. */
    public static final int DEFAULT_CAPACITY = 64 * 1024;

    /** Smallest capacity, bytes. */
    public static final int MIN_CAPACITY = 4 * 1024;

    /** Largest capacity, bytes. */
    public static final int MAX_CAPACITY = 1024 * 1024 * 1024;

    /** Most subscriptions at one time. */
    public static final int MAX_SUBSCRIBERS = 64;

    /** Most publications of a guarded channel at one time. */
    public static final int MAX_PUBLICATIONS = ChannelLayout.PRODUCERS;

    private static final String SUFFIX = ".channel";

    private final String name;
    private final DomainCore core;
    private final Ring ring;
    private final @Nullable ChannelGuard guard;
    private final Runnable closer = this::close;
    private final Closers children = new Closers();
    private final Lifetime lifetime;

    private Channel(String name, DomainCore core, Ring ring, @Nullable ChannelGuard guard) {
        this.name = name;
        this.core = core;
        this.ring = ring;
        this.guard = guard;
        this.lifetime = new Lifetime(this::end);
        core.retain(closer);
    }

    /**
     * Begins the description of a channel.
     *
     * @param name 1 to 100 letters, digits, {@code _ . -}, beginning with neither dot nor hyphen
     * @throws IllegalArgumentException if the name is not like that
     */
    public static Builder named(String name) {
        return new Builder(Names.check("channel", name));
    }

    /** How a channel is to be; not thread-safe. */
    public static final class Builder {
        private final String name;
        private int capacity;
        private @Nullable ChannelGuard guard;
        private Ring.Memory memory = new Ring.Memory();

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Sets the size of the ring. Without it a new channel gets {@link Channel#DEFAULT_CAPACITY} and an existing one
         * is taken as it is.
         *
         * @param bytes a power of two from {@link Channel#MIN_CAPACITY} to {@link Channel#MAX_CAPACITY}
         */
        public Builder capacity(int bytes) {
            if (!isCapacity(bytes)) {
                throw new IllegalArgumentException("capacity must be a power of two from " + MIN_CAPACITY + " to "
                        + MAX_CAPACITY + ": channel=" + name + ", capacity=" + bytes);
            }
            capacity = bytes;
            return this;
        }

        /**
         * For who supplies a guard: makes this a channel of many publications. A channel that exists must have been
         * created with the guard of that name. The channel closes it; if the opening fails, the caller does.
         */
        public Builder guard(ChannelGuard supplied) {
            guard = supplied;
            return this;
        }

        /** For tests. */
        Builder memory(Ring.Memory other) {
            memory = other;
            return this;
        }

        /**
         * Opens the channel in {@code domain}, creating it if it is missing. Processes that race to create it all end up
         * on the same one.
         *
         * @throws IncompatibleFileException if it exists with another capacity, guard, version or layout, from another
         *     boot, or is damaged
         * @throws io.sluice.shm.memory.NoSpaceException if it does not fit; nothing is left behind
         * @throws IllegalStateException if the domain is closed, or the JVM runs without the option that Agrona needs
         */
        public Channel open(Domain domain) throws IOException {
            AgronaAccess.require();
            DomainCore core = domain.core();
            MappedFile file = core.resources().openOrCreate(name + SUFFIX, plan());
            boolean opened = false;
            try {
                Ring ring = new Ring(core, file, memory);
                check(ring);
                Channel channel = new Channel(name, core, ring, guard);
                opened = true;
                return channel;
            } finally {
                if (!opened) {
                    file.release();
                }
            }
        }

        private void check(Ring ring) throws IncompatibleFileException {
            if (capacity != 0 && capacity != ring.capacity()) {
                throw new IncompatibleFileException(
                        Reason.SIZE,
                        "channel exists with another capacity: path="
                                + ring.file().path() + ", actual=" + ring.capacity() + ", expected=" + capacity);
            }
            if (guard != null && !ring.guardName().equals(guard.name())) {
                throw new IncompatibleFileException(
                        Reason.SETTING,
                        "channel exists " + (ring.isGuarded() ? "with another guard" : "for one publication")
                                + ": path=" + ring.file().path() + ", actual=" + ring.guardName() + ", expected="
                                + guard.name());
            }
        }

        private MappedFile.Plan plan() {
            byte[] guardName = guard == null ? new byte[0] : guard.name().getBytes(StandardCharsets.US_ASCII);
            if (guardName.length > ChannelLayout.GUARD_NAME_BYTES) {
                throw new IllegalArgumentException("guard's name is too long: channel=" + name + ", bytes="
                        + guardName.length + ", most=" + ChannelLayout.GUARD_NAME_BYTES);
            }
            int kind = guard == null ? ChannelLayout.EXCLUSIVE : ChannelLayout.GUARDED;
            int bytes = capacity == 0 ? DEFAULT_CAPACITY : capacity;
            return new MappedFile.Plan(ChannelLayout.TYPE, (long) ChannelLayout.LAYOUT.size() + bytes, words -> {
                words.intPlain(ChannelLayout.CAPACITY, bytes);
                words.intPlain(ChannelLayout.KIND, kind);
                words.intPlain(ChannelLayout.GUARD_NAME_LENGTH, guardName.length);
                words.putBytesPlain(ChannelLayout.GUARD_NAME, guardName);
                words.longPlain(ChannelLayout.LIMIT, bytes);
            });
        }
    }

    static boolean isCapacity(int bytes) {
        return bytes >= MIN_CAPACITY && bytes <= MAX_CAPACITY && Integer.bitCount(bytes) == 1;
    }

    /**
     * Deletes the channel {@code name} and the messages in it.
     *
     * @return false if there is none
     * @throws ResourceBusyException if a living publication or subscription, of this process or another, uses it
     * @throws IncompatibleFileException if the file under that name is not a channel of this version and boot
     */
    public static boolean delete(Domain domain, String name) throws IOException {
        return domain.core().resources().delete(Names.check("channel", name) + SUFFIX, ChannelLayout.TYPE);
    }

    /**
     * Deletes all channels of {@code domain} that no living process uses, unread messages included, and the remains of
     * dead processes.
     *
     * @return the names of the deleted channels
     */
    public static List<String> reap(Domain domain) throws IOException {
        return domain.core().resources().reap(SUFFIX, ChannelLayout.TYPE).stream()
                .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                .toList();
    }

    public String name() {
        return name;
    }

    /** Size of the ring, bytes. */
    public int capacity() {
        return ring.capacity();
    }

    /** Longest message, bytes: half of the capacity less 16, so that its frame fits into an empty ring wherever that begins. */
    public int maxMessageLength() {
        return ring.maxMessageLength();
    }

    /**
     * Becomes the channel's publication, or, if it is guarded, one of them. The successor of one that died first tells the
     * subscriptions so, behind the dead one's last committed message.
     *
     * @throws ResourceBusyException if there is a living publication, in this process or another, and the channel is not
     *     guarded; or there are {@value #MAX_PUBLICATIONS}
     * @throws IllegalStateException if the channel is guarded and was opened without its guard; if the channel or the
     *     domain is closed, or the channel was deleted meanwhile
     */
    public Publication publish() {
        retain();
        boolean published = false;
        try {
            Publication publication = ring.isGuarded() ? publishShared(suppliedGuard()) : publishExclusive();
            published = true;
            return publication;
        } finally {
            if (!published) {
                lifetime.release();
            }
        }
    }

    private ChannelGuard suppliedGuard() {
        if (guard == null) {
            throw new IllegalStateException(
                    "channel has many publications under a guard, open it by io.sluice.rwlock.GuardedChannel: channel="
                            + name + ", guard=" + ring.guardName() + ", artifact=io.sluice:rwlock");
        }
        return guard;
    }

    private Publication publishShared(ChannelGuard supplied) {
        Producers producers = ring.producers();
        Recovery recovery = new Recovery(ring, supplied);
        if (recovery.isDue()) {
            recovery.attempt(); // tells the death of the last one, and frees entries
        }
        int entry = producers.join();
        if (entry < 0) {
            throw new ResourceBusyException(
                    "channel has no free entry: channel=" + name + ", publications=" + MAX_PUBLICATIONS);
        }
        boolean published = false;
        try {
            confirm();
            Publication publication = SharedPublication.open(this, ring, supplied, recovery, entry);
            published = true;
            return publication;
        } finally {
            if (!published) {
                producers.leave(entry);
            }
        }
    }

    private Publication publishExclusive() {
        long previous = takePublisher();
        boolean published = false;
        try {
            confirm();
            Publication publication = ExclusivePublication.open(this, ring, previous != Owner.NOBODY);
            published = true;
            return publication;
        } finally {
            if (!published) {
                ring.words().longVolatile(ChannelLayout.PUBLISHER, previous); // its death is still to be told
            }
        }
    }

    /** Makes the publisher word ours; answers the predecessor that died in office, or nobody. */
    private long takePublisher() {
        long previous;
        do {
            previous = ring.words().longAcquire(ChannelLayout.PUBLISHER);
            if (previous != Owner.NOBODY && core.participants().isAlive(previous)) {
                throw new ResourceBusyException(
                        "channel has a publication: channel=" + name + ", " + ring.name(previous));
            }
        } while (!ring.words()
                .longCas(ChannelLayout.PUBLISHER, previous, core.participants().self()));
        return previous;
    }

    /** As {@link #subscribe(StartPosition)} from {@link StartPosition#EARLIEST}. */
    public Subscription subscribe() {
        return subscribe(StartPosition.EARLIEST);
    }

    /**
     * Makes a subscription. If a stream has ended just where it begins, that end is not its business and is not told.
     *
     * @throws IllegalStateException if {@value #MAX_SUBSCRIBERS} live, the channel or the domain is closed, or the
     *     channel was deleted meanwhile
     * @throws CorruptChannelException if the ring's memory was damaged
     */
    public Subscription subscribe(StartPosition start) {
        return subscribe(() -> start == StartPosition.EARLIEST ? ring.earliest() : ring.tail());
    }

    /**
     * As {@link #subscribe(StartPosition)}, but from a position that a subscription or a message had, for example where
     * an earlier one stopped.
     *
     * @param position bytes since the channel was created
     * @throws IllegalArgumentException if no message that is still kept begins there
     */
    public Subscription subscribe(long position) {
        return subscribe(() -> {
            long earliest = ring.earliest();
            long tail = ring.tail();
            if (position < earliest || position > tail || !ring.isBoundary(position, tail)) {
                throw new IllegalArgumentException("no message that is kept begins there: channel=" + name
                        + ", position=" + position + ", earliest=" + earliest + ", tail=" + tail);
            }
            return position;
        });
    }

    /** {@code start} is asked while the entry is JOINING. */
    private Subscription subscribe(LongSupplier start) {
        retain();
        boolean subscribed = false;
        try {
            int index = ring.join();
            int word = ChannelLayout.subscriber(index, ChannelLayout.SUBSCRIBER);
            try {
                confirm();
                ring.fences().heavy();
                long position = start.getAsLong(); // S3
                boolean endsThere = ring.isEndAt(position);
                Words words = ring.words();
                words.longRelease(ChannelLayout.subscriber(index, ChannelLayout.POSITION), position);
                words.longVolatile(word, core.participants().self());
                ring.wakePublisher();
                Subscription subscription = new Subscription(this, ring, index, position);
                if (endsThere) {
                    subscription.skipEndAtStart();
                }
                subscribed = true;
                return subscription;
            } finally {
                if (!subscribed) {
                    ring.words().longVolatile(word, Owner.NOBODY);
                    ring.wakePublisher();
                }
            }
        } finally {
            if (!subscribed) {
                lifetime.release();
            }
        }
    }

    private void retain() {
        if (children.isClosed() || !lifetime.retain()) {
            throw new IllegalStateException("channel is closed: channel=" + name);
        }
    }

    private void confirm() {
        try {
            if (!core.resources().confirm(ring.file())) {
                throw new IllegalStateException("channel was deleted, open it again: channel=" + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at the channel's file: channel=" + name, e);
        }
    }

    /** The channel's state for people to read: publishers, subscribers, positions, guard, who lags, waits, is stopped or dead. */
    public String describe() {
        retain();
        try {
            return ring.describe(guard);
        } finally {
            lifetime.release();
        }
    }

    @Nullable
    ChannelGuard guard() {
        return guard;
    }

    void adopt(Runnable child) {
        children.add(child);
    }

    void orphan(Runnable child) {
        if (children.remove(child)) {
            lifetime.release();
        }
    }

    void ringOwnBells() {
        core.ringOwnBells();
    }

    /** Closes its publications and subscriptions, too. Idempotent, never blocks. The messages stay. */
    @Override
    public void close() {
        if (children.close()) {
            children.closeAll(lifetime::release);
        }
    }

    private void end() {
        try {
            ring.unmap();
            if (guard != null) {
                guard.close();
            }
        } finally {
            core.release(closer);
        }
    }

    @Override
    public String toString() {
        return "Channel: name=" + name + ", capacity=" + ring.capacity();
    }
}
