package io.sluice.dist;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands between clients and a Redis server, understands requests and answers, and loses them as it is told. Speaks
 * version 2 of the protocol, without TLS.
 */
final class CutProxy implements AutoCloseable {
    /** What to do with the connection when a request comes along. */
    enum Cut {
        /** The request never arrives. */
        BEFORE_REQUEST,
        /** The server does what it was asked, and nobody hears of it. */
        BEFORE_ANSWER
    }

    private record Order(String text, Cut cut) {}

    private final RedisNode node;
    private final ServerSocket server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Order> order = new AtomicReference<>();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger dropped = new AtomicInteger();
    private volatile boolean droppingMessages;
    private volatile boolean refusing;

    private CutProxy(RedisNode node, ServerSocket server) {
        this.node = node;
        this.server = server;
    }

    static CutProxy to(RedisNode node) throws IOException {
        CutProxy proxy = new CutProxy(node, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        daemon("proxy accepts", proxy::accept);
        return proxy;
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    String address() {
        return "redis://" + RedisNode.HOST + ":" + server.getLocalPort();
    }

    RedisConnection connect() throws IOException {
        return new RedisConnection(RedisNode.HOST, server.getLocalPort());
    }

    /** Cuts the connection at the next request that contains {@code text}. */
    void cutAt(String text, Cut cut) {
        order.set(new Order(text, cut));
    }

    /** How many requests were cut by {@link #cutAt} so far. */
    int cuts() {
        return cuts.get();
    }

    /** Whether messages of subscriptions are lost from now on. */
    void dropMessages(boolean drop) {
        droppingMessages = drop;
    }

    /** How many messages were lost so far. */
    int dropped() {
        return dropped.get();
    }

    /** Cuts all connections, and with {@code refuse} those that come. */
    void cutAll(boolean refuse) {
        refusing = refuse;
        links.forEach(Link::close);
    }

    private void accept() {
        while (true) {
            try {
                Socket client = server.accept();
                if (refusing) {
                    client.close();
                } else {
                    new Link(client).start();
                }
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
                // else the server is down: the client was closed, and may come again
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        links.forEach(Link::close);
    }

    /** One client's connection and its counterpart to the server. */
    private final class Link {
        private final Socket client;
        private final Socket redis;
        private final AtomicLong requests = new AtomicLong();
        private final AtomicLong answers = new AtomicLong();

        /** The number of the request whose answer is lost; 0: none. */
        private volatile long lost;

        Link(Socket client) throws IOException {
            this.client = client;
            try {
                redis = new Socket(InetAddress.getLoopbackAddress(), node.port());
            } catch (IOException down) {
                client.close();
                throw down;
            }
            client.setTcpNoDelay(true);
            redis.setTcpNoDelay(true);
        }

        void start() {
            links.add(this);
            if (refusing) {
                close();
            }
            daemon("proxy requests", () -> pump(client, redis, this::request));
            daemon("proxy answers", () -> pump(redis, client, this::answer));
        }

        private void pump(Socket from, Socket to, Gate gate) {
            try {
                InputStream in = new BufferedInputStream(from.getInputStream());
                for (Fate fate = Fate.PASS; fate != Fate.CUT; ) {
                    byte[] frame = frame(in);
                    fate = gate.fate(text(frame));
                    if (fate == Fate.PASS) {
                        to.getOutputStream().write(frame);
                    }
                }
            } catch (IOException cutOrEnded) {
                // Either way the connection is over.
            } finally {
                close();
            }
        }

        private Fate request(String text) {
            long number = requests.incrementAndGet();
            Order due = order.get();
            if (due == null || !text.contains(due.text) || !order.compareAndSet(due, null)) {
                return Fate.PASS;
            }
            cuts.incrementAndGet();
            if (due.cut == Cut.BEFORE_REQUEST) {
                return Fate.CUT;
            }
            lost = number; // before the request goes on, so that its answer meets it
            return Fate.PASS;
        }

        private Fate answer(String text) {
            if (droppingMessages && isMessage(text)) {
                dropped.incrementAndGet();
                return Fate.DROP;
            }
            return answers.incrementAndGet() == lost ? Fate.CUT : Fate.PASS;
        }

        void close() {
            links.remove(this);
            try (client;
                    redis) {
                // closes both
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private enum Fate {
        PASS,
        DROP,
        CUT
    }

    private interface Gate {
        Fate fate(String text);
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.ISO_8859_1);
    }

    private static boolean isMessage(String text) {
        return text.startsWith("*3\r\n$7\r\nmessage\r\n") || text.startsWith("*3\r\n$8\r\nsmessage\r\n");
    }

    /** The bytes of one request or answer. */
    private static byte[] frame(InputStream in) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        copyFrame(in, frame);
        return frame.toByteArray();
    }

    private static void copyFrame(InputStream in, ByteArrayOutputStream frame) throws IOException {
        int start = frame.size();
        int next;
        do {
            next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            frame.write(next);
        } while (next != '\n');
        String line =
                frame.toString(StandardCharsets.ISO_8859_1).substring(start).stripTrailing();
        if (line.startsWith("*")) {
            for (int elements = Integer.parseInt(line.substring(1)); elements > 0; elements--) {
                copyFrame(in, frame);
            }
        } else if (line.startsWith("$") && !line.startsWith("$-")) {
            frame.writeBytes(in.readNBytes(Integer.parseInt(line.substring(1)) + 2));
        }
    }
}
