package io.sluice.dist;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A connection that speaks Redis's protocol, for what a test asks and tells the server itself; each answer within 10 s. */
final class RedisConnection implements AutoCloseable {
    private static final int LIMIT_MILLIS = 10_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    RedisConnection(String host, int port) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(new InetSocketAddress(host, port), LIMIT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** The answer as text: an error without its sign, the elements of a list one a line, {@code nil} for nothing. */
    String ask(String... command) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        write(request, "*" + command.length);
        for (String word : command) {
            write(request, "$" + word.getBytes(StandardCharsets.UTF_8).length);
            write(request, word);
        }
        socket.getOutputStream().write(request.toByteArray());
        return answer();
    }

    private static void write(ByteArrayOutputStream request, String line) {
        request.writeBytes((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private String answer() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '$' -> text(Integer.parseInt(rest));
            case '*' -> list(Integer.parseInt(rest));
            default -> rest;
        };
    }

    private String list(int length) throws IOException {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            elements.add(answer());
        }
        return length < 0 ? "nil" : String.join("\n", elements);
    }

    private String text(int length) throws IOException {
        if (length < 0) {
            return "nil";
        }
        String text = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        line();
        return text;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server closed the connection: port=" + socket.getPort());
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
