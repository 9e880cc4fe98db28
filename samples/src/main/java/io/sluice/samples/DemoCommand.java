package io.sluice.samples;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Both commands on a real file, as two processes. */
@Command(
        name = "demo",
        description = "Sends a file from one JVM to another and compares what arrives with what was sent.")
final class DemoCommand implements Callable<Integer> {
    private static final Path NOTHING = Path.of("/dev/null");
    private static final String CHANNEL = "demo";
    private static final int BUFFER_BYTES = 256 * 1024;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "The file to send (default: lib/modules of the JDK that runs this).")
    private Path file = Path.of(System.getProperty("java.home"), "lib", "modules");

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        long size = Files.size(file);
        try (Workspace workspace = Workspace.create(size)) {
            System.out.println("A file goes from one JVM to another through a channel in shared memory.\n");
            say("file", String.format(Locale.ROOT, "%s, %.1f MB", file, size / 1e6));
            say("channel", CHANNEL + " in " + workspace.makeDomain());
            String sent = sha256(file); // brings the file into memory, too
            String cat = measureCat(workspace.file("cat"), size);
            Path output = workspace.file("output");
            transfer(workspace, output);
            String received = sha256(output);
            say("cat | cat", cat);
            say("SHA-256", sent + " sent");
            say("", received + " received");
            boolean identical = sent.equals(received);
            System.out.println(identical ? "\nidentical\n" : "\nDIFFERENT\n");
            System.out.println("By hand: samples/run receive NAME > COPY, and in another terminal"
                    + " samples/run send NAME < FILE");
            return identical ? 0 : Main.FAILED;
        }
    }

    private void transfer(Workspace workspace, Path output) throws IOException, InterruptedException {
        try (Child sender = start(workspace, "send", file, NOTHING);
                Child receiver = start(workspace, "receive", NOTHING, output)) {
            say("sender", "pid=" + sender.pid());
            say("receiver", "pid=" + receiver.pid());
            int sent = sender.awaitExit();
            int received = receiver.awaitExit();
            say("sender", sender.lastWords());
            say("receiver", receiver.lastWords());
            if (sent != 0 || received != 0) {
                throw new TransferException(
                        Main.FAILED, "the transfer failed: senderExit=" + sent + ", receiverExit=" + received);
            }
        }
    }

    private static Child start(Workspace workspace, String command, Path input, Path output) throws IOException {
        String[] arguments = {command, CHANNEL, "--domain", workspace.domainName(), "--timeout", "60"};
        return Child.start(input, output, workspace.file(command), arguments);
    }

    /** The same by a pipe of the shell; the time is that of the processes. */
    private String measureCat(Path output, long size) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process shell = new ProcessBuilder("/bin/sh", "-c", "cat | cat")
                .redirectInput(file.toFile())
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        boolean copied = shell.waitFor() == 0 && Files.size(output) == size;
        double seconds = (System.nanoTime() - start) / 1e9;
        Files.delete(output);
        return copied
                ? String.format(Locale.ROOT, "bytes=%d, seconds=%.3f, MB/s=%.1f", size, seconds, size / seconds / 1e6)
                : "failed";
    }

    private static String sha256(Path path) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (FileChannel input = FileChannel.open(path)) {
            while (input.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has it", e);
        }
    }

    private static void say(String what, String text) {
        System.out.printf("%-10s %s%n", what, text);
    }
}
