package io.sluice.benchmarks;

import java.io.IOException;
import java.io.OutputStream;

/** The parent holds the other end of standard input: it ends when the parent does, however that happens. */
final class Leash {
    private Leash() {}

    static void endWithParent() {
        Thread leash = new Thread(
                () -> {
                    try {
                        System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        System.err.println("standard input failed: " + e);
                    }
                    Runtime.getRuntime().halt(1);
                },
                "leash");
        leash.setDaemon(true);
        leash.start();
    }
}
