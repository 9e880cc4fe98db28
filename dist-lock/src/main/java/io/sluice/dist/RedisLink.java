package io.sluice.dist;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.redisson.RedissonShutdownException;
import org.redisson.api.BatchOptions;
import org.redisson.api.BatchResult;
import org.redisson.api.RBatch;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RScriptAsync;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.OptionalOptions;
import org.redisson.client.RedisAuthRequiredException;
import org.redisson.client.RedisNoScriptException;
import org.redisson.client.RedisOutOfMemoryException;
import org.redisson.client.RedisReadonlyException;
import org.redisson.client.RedisResponseTimeoutException;
import org.redisson.client.RedisTimeoutException;
import org.redisson.client.RedisWrongPasswordException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/**
 * Runs a lock's scripts: one command each, never repeated by the client, for only the lock knows what may be. Thread-safe;
 * answers come in the client's threads.
 */
final class RedisLink {
    private static final RScript.Mode MODE = RScript.Mode.READ_WRITE;
    private static final RScript.ReturnType TYPE = RScript.ReturnType.LIST;

    private final RedissonClient client;
    private final RedisLockException.Place place;
    private final Duration timeout;
    private final RScript scripts;

    /** What Redis's clock showed, at the least, at a local time. */
    private record Sight(long redisMicros, long nanos) {}

    private volatile @Nullable Sight sight;

    RedisLink(RedissonClient client, String lock, Duration timeout) {
        this.client = client;
        this.place = new RedisLockException.Place(lock, address(client.getConfig()));
        this.timeout = timeout;
        this.scripts = client.getScript(OptionalOptions.defaults()
                .codec(StringCodec.INSTANCE)
                .retryAttempts(0)
                .timeout(timeout));
    }

    private static String address(Config config) {
        if (config.isClusterConfig()) {
            return String.join(",", config.useClusterServers().getNodeAddresses());
        }
        if (config.isSentinelConfig()) {
            return String.join(",", config.useSentinelServers().getSentinelAddresses());
        }
        if (config.isSingleConfig()) {
            return String.valueOf(config.useSingleServer().getAddress());
        }
        return "as configured";
    }

    RedisLockException.Place place() {
        return place;
    }

    /** Receives the answer of a script, or what went wrong. */
    interface Receiver extends BiConsumer<@Nullable Object, @Nullable Throwable> {}

    void run(LuaScript script, List<Object> keys, Object[] arguments, Receiver receiver) {
        String first = (String) keys.get(0);
        receive(() -> scripts.evalShaAsync(first, MODE, script.sha(), TYPE, keys, arguments), (answer, failure) -> {
            if (failure instanceof RedisNoScriptException) { // a server that is new or was flushed
                receive(() -> scripts.evalAsync(first, MODE, script.text(), TYPE, keys, arguments), receiver);
            } else {
                receiver.accept(answer, failure);
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the receiver is told
    private static void receive(Supplier<RFuture<Object>> call, Receiver receiver) {
        RFuture<Object> answer;
        try {
            answer = call.get();
        } catch (RuntimeException e) { // a client that was shut down
            receiver.accept(null, e);
            return;
        }
        answer.whenComplete(receiver);
    }

    /** As {@link #run}; then waits until {@code replicas} have the effect, else that is a failure. */
    @SuppressWarnings("FutureReturnValueIgnored") // the batch tells what comes of what is in it
    void runReplicated(LuaScript script, List<Object> keys, Object[] arguments, Replicas replicas, Receiver receiver) {
        try {
            RBatch batch = client.createBatch(BatchOptions.defaults()
                    .retryAttempts(0)
                    .responseTimeout(timeout.plus(replicas.timeout()).toMillis(), TimeUnit.MILLISECONDS)
                    .sync(replicas.number(), replicas.timeout()));
            RScriptAsync inBatch = batch.getScript(StringCodec.INSTANCE);
            inBatch.evalAsync((String) keys.get(0), MODE, script.text(), TYPE, keys, arguments);
            batch.executeAsync().whenComplete((result, failure) -> {
                if (failure != null) {
                    receiver.accept(null, failure);
                } else {
                    acceptReplicated(result, replicas, receiver);
                }
            });
        } catch (RuntimeException e) {
            receiver.accept(null, e);
        }
    }

    private void acceptReplicated(BatchResult<?> result, Replicas replicas, Receiver receiver) {
        Object answer = result.getResponses().get(0);
        if (result.getSyncedSlaves() < replicas.number() && Answer.isGrant(answer)) {
            receiver.accept(
                    null,
                    new RedisUnavailableException(
                            "too few replicas have confirmed",
                            place,
                            "wanted=" + replicas.number() + ", confirmed=" + result.getSyncedSlaves()));
        } else {
            receiver.accept(answer, null);
        }
    }

    /** How many replicas have to confirm a grant, and how long that is waited for. */
    record Replicas(int number, Duration timeout) {}

    // ------------------------------------------------------------ Redis's clock

    void saw(long redisMicros) {
        sight = new Sight(redisMicros, System.nanoTime());
    }

    /** Redis's time, at the latest {@code nanos} from now; 0 if it was never seen. */
    long redisMicrosIn(long nanos) {
        Sight last = sight;
        return last == null ? 0 : last.redisMicros() + (System.nanoTime() - last.nanos() + nanos) / 1000;
    }

    // ------------------------------------------------------------ failures

    RedisLockException exception(Throwable failure) {
        if (failure instanceof RedisLockException ours) {
            return ours;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (cause instanceof RedisAuthRequiredException
                    || cause instanceof RedisWrongPasswordException
                    || text.startsWith("NOAUTH")
                    || text.startsWith("WRONGPASS")
                    || text.startsWith("NOPERM")
                    || text.contains("ACL failure")) {
                return new RedisAccessException("Redis refuses the client", place, cause);
            }
            if (cause instanceof RedisReadonlyException || text.startsWith("READONLY")) {
                return new RedisReadOnlyException("Redis takes no writes", place, cause);
            }
            if (cause instanceof RedisOutOfMemoryException || text.startsWith("OOM")) {
                return new RedisMemoryException("Redis has no memory", place, cause);
            }
            if (cause instanceof IOException) { // the client calls a refused connection "unexpected"
                return new RedisUnavailableException("Redis is not available", place, cause);
            }
            if (cause instanceof RedissonShutdownException) {
                return new RedisUnavailableException("the client is shut down", place, cause);
            }
        }
        return byKind(failure);
    }

    private RedisLockException byKind(Throwable failure) {
        if (failure instanceof RedisResponseTimeoutException) {
            return new RedisOutcomeUnknownException("no answer in time", place, failure);
        }
        String kind = failure.getClass().getSimpleName();
        boolean script = kind.equals("RedisException");
        if (failure instanceof RedisTimeoutException || !script) {
            return new RedisUnavailableException("Redis is not available", place, failure);
        }
        return new RedisLockException("Redis refused", place, failure);
    }

    /** Whether the same request may well succeed a little later. */
    boolean isPassing(RedisLockException failure) {
        return !client.isShuttingDown()
                && (failure instanceof RedisUnavailableException
                        || failure instanceof RedisOutcomeUnknownException
                        || failure instanceof RedisReadOnlyException);
    }

    RedisLockException noAnswer(Duration waited) {
        return new RedisOutcomeUnknownException("no answer in time", place, "waited=" + waited.toMillis() + "ms");
    }
}
