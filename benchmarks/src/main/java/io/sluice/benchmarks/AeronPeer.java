package io.sluice.benchmarks;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import org.agrona.concurrent.BackoffIdleStrategy;

/** Aeron's IPC; its media driver runs in the process that starts the measured ones. */
final class AeronPeer implements HeavyPeer {
    private static final String DIRECTORY = "aeron";

    @Override
    public Transport transport(String peer, Path directory) {
        return new AeronTransport(
                directory.resolve(DIRECTORY).toString(), peer.contains("exclusive"), peer.endsWith("claim"));
    }

    /** One thread, which sleeps a millisecond at most: the cores belong to the measured threads. */
    @Override
    public Transport.Helper helper(Path directory) {
        MediaDriver driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(directory.resolve(DIRECTORY).toString())
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new BackoffIdleStrategy())
                .ipcTermBufferLength(HeavyPeer.AERON_TERM_LENGTH)
                .ipcMtuLength(HeavyPeer.AERON_MTU)
                .termBufferSparseFile(false)
                .warnIfDirectoryExists(false)
                .dirDeleteOnShutdown(true));
        return driver::close;
    }
}
