package io.sluice.rwlock;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.Channel;
import io.sluice.shm.channel.Publication;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The other process of a test of guarded channels: obeys lines on its standard input. Arguments: directory of the domain,
 * its number as a producer, file of progress.
 */
final class GuardedPeer {
    static final String CHANNEL = "orders";

    /** Longest message of a stream. */
    static final int MOST = 300;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Channel channel;
    private final long producer;
    private final UnsafeBuffer progress;
    private final List<Publication> publications = new ArrayList<>();

    private GuardedPeer(Channel channel, long producer, UnsafeBuffer progress) {
        this.channel = channel;
        this.producer = producer;
        this.progress = progress;
    }

    public static void main(String[] arguments) throws Exception {
        UnsafeBuffer progress =
                new UnsafeBuffer(IoUtil.mapExistingFile(Path.of(arguments[2]).toFile(), "progress"));
        try (Domain domain = Domain.open(Path.of(arguments[0]));
                Channel channel = GuardedChannel.named(CHANNEL).open(domain)) {
            GuardedPeer peer = new GuardedPeer(channel, Long.parseLong(arguments[1]), progress);
            say("ready");
            peer.obey();
        }
    }

    private void obey() throws IOException, InterruptedException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "stream" -> stream(Long.parseLong(words[1]));
                case "publish" -> {
                    publications.add(channel.publish());
                    say("published");
                }
                case "claim" -> claim(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                case "commit" -> commit(Integer.parseInt(words[1]));
                case "fill" -> fill(Integer.parseInt(words[1]));
                case "subscribe" -> say("subscribed " + channel.subscribe().position());
                case "close" -> {
                    publications.get(Integer.parseInt(words[1])).close();
                    say("closed");
                }
                default -> throw new IllegalArgumentException("command=" + line);
            }
        }
    }

    /** Sends until it is killed; what is committed is told in memory that outlives this process. */
    private void stream(long seed) throws InterruptedException {
        Random random = new Random(seed);
        UnsafeBuffer scratch = new UnsafeBuffer(new byte[MOST]);
        try (Publication out = channel.publish()) {
            say("streaming");
            for (long number = 0; progress.getLongVolatile(0) == 0; number++) {
                if (NumberedMessage.send(out, producer, number, MOST, random, scratch) < 0) {
                    throw new IllegalStateException("no room in time: number=" + number + ", " + channel.describe());
                }
                progress.putLongRelease(progressOf(producer), number + 1);
            }
        }
        say("streamed");
    }

    static int progressOf(long producer) {
        return (int) (producer + 1) * Long.BYTES;
    }

    private void claim(int publication, int length) throws InterruptedException {
        int index = publications.get(publication).claim(length, PATIENCE);
        say("claimed " + index);
    }

    private void commit(int publication) {
        Publication out = publications.get(publication);
        say("committed " + out.commit());
    }

    /** Claims with one publication after the other, and commits nothing, until there is no room. */
    private void fill(int length) {
        int claims = 0;
        boolean full = false;
        while (!full && publications.size() < Channel.MAX_PUBLICATIONS) {
            Publication out = channel.publish();
            publications.add(out);
            full = out.claim(length) < 0;
            claims += full ? 0 : 1;
        }
        say("filled " + claims);
    }

    @SuppressWarnings("SystemOut")
    private static void say(String line) {
        System.out.println(line);
    }
}
