package io.sluice.rwlock;

import io.sluice.shm.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A JVM of its own in which actors obey. It outlives the sites in it, of which there is one at a time: starting one JVM
 * for each test would take longer than the test.
 */
public final class LockDriver implements AutoCloseable {
    private static final String REPLY = "reply ";
    private static final String ANSWER = "answer ";

    private final ForkedJvm jvm;
    private int requests;

    private LockDriver(ForkedJvm jvm) {
        this.jvm = jvm;
    }

    /** Starts a JVM that opens the locks of {@code source}. */
    public static LockDriver start(LockSource source, String... options) {
        return new LockDriver(
                ForkedJvm.start(List.of(options), Main.class, source.getClass().getName()));
    }

    /** Opens a lock there, for actors of its own. */
    public Site open(LockSettings settings) throws InterruptedException {
        request("open " + settings.toLine());
        return new RemoteSite();
    }

    public boolean isAlive() {
        return jvm.isAlive();
    }

    /** SIGKILL. */
    public void kill() {
        jvm.kill();
    }

    /** Kills it if it still lives. */
    @Override
    public void close() {
        jvm.close();
    }

    private void request(String line) throws InterruptedException {
        requests++;
        jvm.send(requests + " " + line);
        String reply = jvm.awaitLine(REPLY + requests + " ");
        if (!reply.equals(Actor.DONE)) {
            throw new AssertionError(reply + ", request=" + line + ", output=" + jvm.output());
        }
    }

    private final class RemoteSite implements Site {
        @Override
        public Actor actor(String name) throws InterruptedException {
            request("actor " + name);
            return new RemoteActor(name);
        }

        @Override
        public void close() throws InterruptedException {
            if (isAlive()) {
                request("close");
            }
        }
    }

    private final class RemoteActor implements Actor {
        private final String name;
        private String prefix = "";
        private boolean answered = true;

        RemoteActor(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void start(String command) throws InterruptedException {
            String number = String.valueOf(requests + 1); // an answer of an earlier test's actor of this name is none
            prefix = ANSWER + number + " ";
            answered = false;
            request("start " + name + " " + number + " " + command);
        }

        @Override
        public boolean hasAnswered() {
            return answered || jvm.output().stream().anyMatch(line -> line.startsWith(prefix));
        }

        @Override
        public String answer() throws InterruptedException {
            String answer = jvm.awaitLine(prefix);
            answered = true;
            return answer;
        }

        @Override
        public void awaitBlocked() throws InterruptedException {
            request("blocked " + name);
        }

        @Override
        public void interrupt() throws InterruptedException {
            request("interrupt " + name);
        }
    }

    /** The JVM's main class; ends with its standard input. Arguments: class of the source of locks. */
    static final class Main {
        private final LockSource source;
        private final Map<String, LocalActor> actors = new HashMap<>();
        private LocalSite site;

        private Main(LockSource source) {
            this.source = source;
        }

        public static void main(String[] arguments) throws Exception {
            Object source = Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
            new Main((LockSource) source).run();
        }

        private void run() throws Exception {
            BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.split(" ", 3);
                String reply = Actor.DONE;
                try {
                    obey(words[1], words.length > 2 ? words[2] : "");
                } catch (Exception | AssertionError e) {
                    reply = e.toString();
                }
                System.out.println(REPLY + words[0] + " " + reply);
            }
            System.exit(0); // whatever threads there are
        }

        private void obey(String request, String rest) throws Exception {
            switch (request) {
                case "open" -> site = new LocalSite(source, LockSettings.parse(rest));
                case "actor" -> actors.put(rest, site.actor(rest));
                case "start" -> start(rest.split(" ", 3));
                case "blocked" -> actors.get(rest).awaitBlocked();
                case "interrupt" -> actors.get(rest).interrupt();
                case "close" -> close();
                default -> throw new IllegalArgumentException("request=" + request);
            }
        }

        private void start(String[] words) {
            String prefix = ANSWER + words[1] + " ";
            actors.get(words[0]).start(words[2], answer -> System.out.println(prefix + answer));
        }

        private void close() throws Exception {
            actors.clear();
            site.close();
        }
    }
}
