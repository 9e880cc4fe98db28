package io.sluice.shm.channel;

/** Lets everybody in, and counts. */
final class OpenGuard implements ChannelGuard {
    int entries;
    int exits;
    boolean closed;
    boolean exitFails;
    Runnable beforeRecovery = () -> {};

    @Override
    public String name() {
        return "open";
    }

    @Override
    public Lane lane() {
        return new Lane() {
            @Override
            public boolean tryEnter() {
                if (closed) {
                    throw new IllegalStateException("guard is closed");
                }
                entries++;
                return true;
            }

            @Override
            public void exit() {
                exits++;
                if (exitFails) {
                    throw new IllegalStateException("exit failed");
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public boolean tryExclusive(long nanos, Runnable recovery) {
        beforeRecovery.run();
        recovery.run();
        return true;
    }

    @Override
    public boolean isSuspect() {
        return false;
    }

    @Override
    public String describe() {
        return "open";
    }

    @Override
    public void close() {}
}
