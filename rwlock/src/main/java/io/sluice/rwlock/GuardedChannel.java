package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.domain.Names;
import io.sluice.shm.domain.ResourceBusyException;
import java.io.IOException;

/**
 * Channels of many publications. A {@link MappedReadWriteLock} guards the ring: a publication holds its read side between
 * claim and commit, so that, when one was killed there, whoever meets the gap can take the write side, make padding of
 * it, and go on within milliseconds, while one that is merely stopped is waited for.
 *
 * <pre>{@code
 * Channel orders = GuardedChannel.named("orders").capacity(1 << 20).open(domain); // the same in every process
 * Publication out = orders.publish();                                            // one for each thread that sends
 * }</pre>
 *
 * <p>The lock lies beside the channel, under the channel's name and {@code .channel}. A process that only receives may
 * open the channel by {@link Channel#named} as well; it can then not clear away what a killed publication left, and
 * waits for somebody who can.
 */
public final class GuardedChannel {
    /** Longest name of a guarded channel, characters. */
    public static final int MAX_NAME_LENGTH = Names.MAX_LENGTH - GuardedChannel.SUFFIX.length();

    private static final String SUFFIX = ".channel";

    private GuardedChannel() {}

    /**
     * Begins the description of a channel.
     *
     * @param name 1 to {@value #MAX_NAME_LENGTH} letters, digits, {@code _ . -}, beginning with neither dot nor hyphen
     * @throws IllegalArgumentException if the name is not like that
     */
    public static Builder named(String name) {
        return new Builder(check(name));
    }

    private static String check(String name) {
        if (name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException(
                    "name of a guarded channel must have at most " + MAX_NAME_LENGTH + " characters: name=" + name);
        }
        return Names.check("channel", name);
    }

    /** How a channel is to be; not thread-safe. */
    public static final class Builder {
        private final String name;
        private final Channel.Builder channel;

        private Builder(String name) {
            this.name = name;
            this.channel = Channel.named(name);
        }

        /** As {@link Channel.Builder#capacity}. */
        public Builder capacity(int bytes) {
            channel.capacity(bytes);
            return this;
        }

        /**
         * Opens the channel in {@code domain}, creating it and its lock if they are missing. Closing the channel closes
         * the lock, too.
         *
         * @throws io.sluice.shm.memory.IncompatibleFileException as {@link Channel.Builder#open}; also if the channel
         *     exists for one publication
         * @throws io.sluice.shm.memory.NoSpaceException if it does not fit
         * @throws IllegalStateException as {@link Channel.Builder#open}
         */
        public Channel open(Domain domain) throws IOException {
            MappedReadWriteLock lock = MappedReadWriteLock.open(domain, name + SUFFIX);
            boolean opened = false;
            try {
                Channel result = channel.guard(new MappedGuard(lock)).open(domain);
                opened = true;
                return result;
            } finally {
                if (!opened) {
                    lock.close();
                }
            }
        }
    }

    /**
     * Deletes the channel {@code name}, the messages in it, and its lock. A lock that somebody still has open, by a
     * channel without publications and subscriptions, stays, and guards the next channel of that name.
     *
     * @return false if there is no channel
     * @throws ResourceBusyException if a living publication or subscription, of this process or another, uses it
     * @throws io.sluice.shm.memory.IncompatibleFileException if a file under that name is not of this version and boot
     */
    public static boolean delete(Domain domain, String name) throws IOException {
        boolean deleted = Channel.delete(domain, check(name));
        try {
            MappedReadWriteLock.delete(domain, name + SUFFIX);
        } catch (ResourceBusyException inUse) {
            return deleted;
        }
        return deleted;
    }
}
