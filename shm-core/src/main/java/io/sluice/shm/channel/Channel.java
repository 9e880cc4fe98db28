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
import java.util.List;

/**
 * A named ring buffer in a domain (not a {@code java.nio} channel). One publication writes to it, any number of
 * subscriptions, up to {@value #MAX_SUBSCRIBERS}, read from it, in the same process or in others.
 *
 * <p>Loss-free: the publication waits for the slowest living subscription. While there is none the ring fills and keeps
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

    private static final String SUFFIX = ".channel";

    private final String name;
    private final DomainCore core;
    private final Ring ring;
    private final Runnable closer = this::close;
    private final Closers children = new Closers();
    private final Lifetime lifetime;

    private Channel(String name, DomainCore core, Ring ring) {
        this.name = name;
        this.core = core;
        this.ring = ring;
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
         * Opens the channel in {@code domain}, creating it if it is missing. Processes that race to create it all end up
         * on the same one.
         *
         * @throws IncompatibleFileException if it exists with another capacity, version or layout, from another boot, or
         *     is damaged
         * @throws io.sluice.shm.memory.NoSpaceException if it does not fit; nothing is left behind
         * @throws IllegalStateException if the domain is closed, or the JVM runs without the option that Agrona needs
         */
        public Channel open(Domain domain) throws IOException {
            AgronaAccess.require();
            DomainCore core = domain.core();
            MappedFile file = core.resources().openOrCreate(name + SUFFIX, plan());
            boolean opened = false;
            try {
                Ring ring = new Ring(core, file);
                if (capacity != 0 && capacity != ring.capacity()) {
                    throw new IncompatibleFileException(
                            Reason.SIZE,
                            "channel exists with another capacity: path=" + file.path() + ", actual=" + ring.capacity()
                                    + ", expected=" + capacity);
                }
                Channel channel = new Channel(name, core, ring);
                opened = true;
                return channel;
            } finally {
                if (!opened) {
                    file.release();
                }
            }
        }

        private MappedFile.Plan plan() {
            int bytes = capacity == 0 ? DEFAULT_CAPACITY : capacity;
            return new MappedFile.Plan(ChannelLayout.TYPE, (long) ChannelLayout.LAYOUT.size() + bytes, words -> {
                words.intPlain(ChannelLayout.CAPACITY, bytes);
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

    /** Longest message, bytes: an eighth of the capacity. */
    public int maxMessageLength() {
        return ring.maxMessageLength();
    }

    /**
     * Becomes the channel's publication. The successor of one that died first tells the subscriptions so, behind the
     * dead one's last committed message.
     *
     * @throws ResourceBusyException if there is a living publication, in this process or another
     * @throws IllegalStateException if the channel or the domain is closed, or the channel was deleted meanwhile
     */
    public Publication publish() {
        retain();
        boolean published = false;
        try {
            long previous = takePublisher();
            try {
                confirm();
                Publication publication = new Publication(this, ring, previous != Owner.NOBODY);
                published = true;
                return publication;
            } finally {
                if (!published) {
                    ring.words().longVolatile(ChannelLayout.PUBLISHER, previous); // its death is still to be told
                }
            }
        } finally {
            if (!published) {
                lifetime.release();
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
        retain();
        boolean subscribed = false;
        try {
            int index = ring.join();
            int word = ChannelLayout.subscriber(index, ChannelLayout.SUBSCRIBER);
            try {
                confirm();
                ring.fences().heavy();
                long position = start == StartPosition.EARLIEST ? ring.earliest() : ring.tail(); // S3
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

    /** The channel's state for people to read: publisher, subscribers, positions, who lags, waits, is stopped or dead. */
    public String describe() {
        retain();
        try {
            return ring.describe();
        } finally {
            lifetime.release();
        }
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
        ring.unmap();
        core.release(closer);
    }

    @Override
    public String toString() {
        return "Channel: name=" + name + ", capacity=" + ring.capacity();
    }
}
