package io.sluice.samples;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.Publication;
import io.sluice.shm.channel.Subscription;
import io.sluice.shm.domain.ResourceBusyException;
import io.sluice.shm.memory.IncompatibleFileException;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One side's connection to the other. Each side, when it leaves, deletes the channel unless somebody lives who uses it:
 * so the last one does, and the next transfer begins on a new channel. What the killed leave behind is received as far
 * as it goes, or discarded by the next sender.
 */
final class Link implements AutoCloseable {
    /** Bytes. Large enough that neither side waits for the other often, small enough for most caches. */
    static final int DEFAULT_CAPACITY = 4 * 1024 * 1024;

    /** Between two looks at the user's patience. */
    private static final Duration SLICE = Duration.ofMillis(50);

    /** How often in a row others, leaving, may delete the channel that was just opened here. */
    private static final int ATTEMPTS = 10;

    private final Domain domain;
    private final String name;
    private final OptionalInt capacity;
    private final Patience patience;
    private @Nullable Channel channel;

    private Link(Domain domain, TransferOptions options) {
        this.domain = domain;
        this.name = options.channel();
        this.capacity = options.capacity();
        this.patience = options.patience();
    }

    static Link open(TransferOptions options) throws IOException {
        return new Link(Domain.open(options.domain()), options);
    }

    /**
     * Becomes the sender, on a channel that no transfer has used, and waits for a receiver.
     *
     * @throws ResourceBusyException if the channel has a living sender
     */
    Publication publish() throws IOException, InterruptedException {
        deleteIfUnused();
        Publication publication = attach(Channel::publish);
        while (publication.position() != 0) {
            detach(); // a receiver still reads what an earlier sender sent
            patience.endure("the receiver of the transfer before");
            LockSupport.parkNanos(SLICE.toNanos());
            publication = attach(Channel::publish);
        }
        while (!publication.awaitSubscribers(1, SLICE)) {
            patience.endure("a receiver");
        }
        return publication;
    }

    /** Becomes a receiver, from the beginning of what the channel holds. */
    Subscription subscribe() throws IOException {
        return attach(Channel::subscribe);
    }

    /** While no sender has shown itself. */
    void awaitSender() {
        patience.endure("a sender");
    }

    private <T> T attach(Function<Channel, T> role) throws IOException {
        for (int attempt = 1; true; attempt++) {
            Channel opened = openOrCreate();
            channel = opened;
            try {
                return role.apply(opened);
            } catch (ResourceBusyException e) {
                throw e;
            } catch (IllegalStateException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                opened.close(); // deleted meanwhile
            }
        }
    }

    private Channel openOrCreate() throws IOException {
        Channel.Builder builder = Channel.named(name);
        try {
            return builder.capacity(capacity.orElse(DEFAULT_CAPACITY)).open(domain);
        } catch (IncompatibleFileException e) {
            if (e.reason() != IncompatibleFileException.Reason.SIZE || capacity.isPresent()) {
                throw e;
            }
            return Channel.named(name).open(domain);
        }
    }

    private void detach() throws IOException {
        if (channel != null) {
            channel.close();
        }
        deleteIfUnused();
    }

    private void deleteIfUnused() throws IOException {
        try {
            Channel.delete(domain, name);
        } catch (ResourceBusyException e) {
            return; // who uses it deletes it
        }
    }

    @Override
    public void close() throws IOException {
        try {
            detach();
        } finally {
            domain.close();
        }
    }
}
