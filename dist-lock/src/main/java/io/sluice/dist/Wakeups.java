package io.sluice.dist;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.redisson.api.RTopicAsync;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;

/**
 * Hears who is to ask again, and who has the lock now. Messages are hints: whoever misses one asks by itself within a
 * second. Subscribed when
 * somebody first waits, and until nobody has for a while. Thread-safe.
 */
final class Wakeups {
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private enum State {
        OFF,
        TURNING_ON,
        ON
    }

    private final RemoteLock lock;
    private final RedissonClient client;
    private final String readers;
    private final String writer;

    private volatile State state = State.OFF;

    // Guarded by this:
    private final List<Runnable> callbacks = new ArrayList<>();
    private final List<Runnable> subscriptions = new ArrayList<>();
    private boolean closed;

    /** {@code channel}: of the readers; {@code self}: the client's name in channels. */
    Wakeups(RemoteLock lock, RedissonClient client, String channel, String self) {
        this.lock = lock;
        this.client = client;
        this.readers = channel;
        this.writer = channel + ":" + self;
    }

    boolean isOn() {
        return state == State.ON;
    }

    /** Has {@code callback} run once messages are heard, at once if they are. */
    void turnOn(Runnable callback) {
        boolean begins;
        synchronized (this) {
            if (closed) {
                return;
            }
            if (state == State.ON) {
                begins = false;
            } else {
                callbacks.add(callback);
                begins = state == State.OFF;
                state = State.TURNING_ON;
                callback = null;
            }
        }
        if (callback != null) {
            callback.run();
        }
        if (begins) {
            subscribe();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what hangs on it does not fail
    private void subscribe() {
        CompletableFuture<Void> one = listen(writer, lock::ringWriter);
        CompletableFuture<Void> two = listen(readers, message -> lock.ringReaders());
        CompletableFuture.allOf(one, two).whenComplete((nothing, failure) -> turnedOn(failure == null));
    }

    private CompletableFuture<Void> listen(String channel, Consumer<String> bell) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!client.getConfig().isClusterConfig()) {
            listen(topic(channel), bell, done, done::completeExceptionally);
        } else { // before Redis 7 there are no sharded channels
            RTopicAsync sharded = client.getShardedTopic(channel, StringCodec.INSTANCE);
            listen(sharded, bell, done, unknown -> listen(topic(channel), bell, done, done::completeExceptionally));
        }
        return done;
    }

    private RTopicAsync topic(String channel) {
        return client.getTopic(channel, StringCodec.INSTANCE);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a subscription that cannot be ended ends with the client
    private void listen(
            RTopicAsync topic, Consumer<String> bell, CompletableFuture<Void> done, Consumer<Throwable> otherwise) {
        try {
            topic.addListenerAsync(String.class, (ignored, message) -> bell.accept(message))
                    .whenComplete((number, failure) -> {
                        if (failure == null) {
                            added(() -> topic.removeListenerAsync(number));
                            done.complete(null);
                        } else {
                            otherwise.accept(failure);
                        }
                    });
        } catch (RuntimeException e) { // a client that was shut down
            done.completeExceptionally(e);
        }
    }

    private void added(Runnable removal) {
        synchronized (this) {
            if (!closed) {
                subscriptions.add(removal);
                return;
            }
        }
        removal.run();
    }

    private void turnedOn(boolean heard) {
        List<Runnable> ready;
        synchronized (this) {
            state = heard && !closed ? State.ON : State.OFF;
            ready = List.copyOf(callbacks);
            callbacks.clear();
        }
        if (heard) {
            ready.forEach(Runnable::run);
            lock.after(IDLE_NANOS, this::turnOffIfIdle);
        } else {
            endSubscriptions();
        }
    }

    private void turnOffIfIdle() {
        boolean idle;
        synchronized (this) {
            idle = state == State.ON && !lock.hasWaited();
            if (idle) {
                state = State.OFF;
            }
        }
        if (idle) {
            endSubscriptions();
        } else if (isOn()) {
            lock.after(IDLE_NANOS, this::turnOffIfIdle);
        }
    }

    private void endSubscriptions() {
        List<Runnable> ends;
        synchronized (this) {
            ends = List.copyOf(subscriptions);
            subscriptions.clear();
        }
        ends.forEach(Runnable::run);
    }

    void close() {
        synchronized (this) {
            closed = true;
            state = State.OFF;
            callbacks.clear();
        }
        endSubscriptions();
    }
}
