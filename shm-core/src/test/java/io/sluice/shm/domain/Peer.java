package io.sluice.shm.domain;

import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Another process that does in a domain what it is told to; its calls answer, or say which exception it got. */
final class Peer implements AutoCloseable {
    private static final String REPLY = "reply:";
    private static final String FAILED = "failed: ";

    private final ForkedJvm jvm;

    private Peer(ForkedJvm jvm) {
        this.jvm = jvm;
    }

    static Peer start(String... options) {
        return new Peer(ForkedJvm.start(List.of(options), Main.class));
    }

    /** As {@link ForkedJvm#startUnder}. */
    static Peer startUnder(List<String> wrapper, String... options) {
        return new Peer(ForkedJvm.startUnder(wrapper, List.of(options), Main.class));
    }

    ForkedJvm jvm() {
        return jvm;
    }

    /** Joins the domain; its owner word. */
    long join(Path directory) throws InterruptedException {
        return Long.parseLong(ask("join", directory));
    }

    /** Tells without waiting for the answer. */
    void tell(Object... command) {
        StringBuilder line = new StringBuilder();
        for (Object word : command) {
            line.append(word).append(' ');
        }
        jvm.send(line.toString());
    }

    /** The next answer, whatever it is. */
    String answer() throws InterruptedException {
        return jvm.awaitLine(REPLY);
    }

    /** The answer; an AssertionError if it is an exception. */
    String ask(Object... command) throws InterruptedException {
        tell(command);
        String answer = answer();
        if (answer.startsWith(FAILED)) {
            throw new AssertionError(answer + ", peer says: " + jvm.output());
        }
        return answer;
    }

    /** The exception that the command ends in, {@code SimpleName: message}. */
    String refusal(Object... command) throws InterruptedException {
        tell(command);
        String answer = answer();
        if (!answer.startsWith(FAILED)) {
            throw new AssertionError("was not refused: " + answer);
        }
        return answer.substring(FAILED.length());
    }

    void kill() {
        jvm.kill();
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The other process; ends with its standard input. */
    static final class Main {
        private final Map<String, MappedFile> files = new HashMap<>();
        private final List<Bell> bells = new ArrayList<>();
        private final BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        private DomainCore core;

        public static void main(String[] arguments) throws Exception {
            new Main().run();
        }

        private void run() throws Exception {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.strip().split(" ", -1);
                String answer;
                try {
                    answer = String.valueOf(obey(words));
                } catch (Exception | AssertionError e) {
                    answer = FAILED + e.getClass().getSimpleName() + ": " + e.getMessage();
                }
                System.out.println(REPLY + answer);
            }
            System.exit(0); // whatever threads there are
        }

        private Object obey(String[] words) throws Exception {
            return switch (words[0]) {
                case "join" -> join(Path.of(words[1]), false);
                case "join-group" -> join(Path.of(words[1]), true);
                case "leave" -> leave();
                case "fences" -> core.fences().kind();
                case "open" -> file(words[1]).nonce();
                case "attach" -> TestResource.attach(core, file(words[1]), Integer.parseInt(words[2]));
                case "detach" -> detach(words[1], Integer.parseInt(words[2]));
                case "delete" -> core.resources().delete(words[1], TestResource.TYPE);
                case "lease" -> lease(Integer.parseInt(words[1]));
                case "hold-lock" -> holdLock(Path.of(words[1]));
                case "race" -> race(Path.of(words[1]), words[2], Long.parseLong(words[3]));
                case "churn" -> churn(words[1], Long.parseLong(words[2]));
                case "hammer" -> AttachHammer.run(core, words[1], Integer.parseInt(words[2]), Long.parseLong(words[3]));
                case "ping-pong" -> play(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                default -> throw new IllegalArgumentException(String.join(" ", words));
            };
        }

        private long join(Path directory, boolean groupAccess) throws IOException {
            core = DomainCore.join(directory, groupAccess);
            return core.participants().self();
        }

        private String leave() {
            core.close();
            return "left";
        }

        private String detach(String name, int index) throws IOException {
            TestResource.detach(file(name), index);
            return "detached";
        }

        private String play(String name, int me, int rounds) throws IOException {
            PingPong.play(core, file(name), me, rounds);
            return "played";
        }

        private MappedFile file(String name) throws IOException {
            MappedFile file = files.get(name);
            if (file == null) {
                file = TestResource.open(core, name);
                files.put(name, file);
            }
            return file;
        }

        private int lease(int count) {
            for (int i = 0; i < count; i++) {
                bells.add(core.bells().lease());
            }
            return bells.size();
        }

        /** Holds the domain's kernel lock until it is told anything. */
        private String holdLock(Path directory) throws IOException {
            return DomainDirectory.open(directory, false).locked(() -> {
                System.out.println(REPLY + "holding");
                input.readLine();
                return "released";
            });
        }

        /** Opens domain and resource at a moment that is the same for all; what it ended on. */
        private static String race(Path directory, String name, long atMillis) throws Exception {
            while (System.currentTimeMillis() < atMillis) {
                Thread.onSpinWait();
            }
            DomainCore core = DomainCore.join(directory, false);
            MappedFile file = TestResource.open(core, name);
            MappedFile domain = MappedFile.open(directory.resolve("domain"), DomainLayout.TYPE);
            return domain.nonce() + " " + file.nonce() + " "
                    + core.participants().self();
        }

        /** Creates and deletes without end, until it is killed. */
        private String churn(String name, long bytes) throws Exception {
            System.out.println(REPLY + "churning");
            while (true) {
                core.resources().openOrCreate(name, TestResource.plan(bytes)).release();
                core.resources().delete(name, TestResource.TYPE);
            }
        }
    }
}
