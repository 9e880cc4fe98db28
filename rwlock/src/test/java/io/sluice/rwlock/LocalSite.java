package io.sluice.rwlock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A lock object and its actors in this JVM. */
public final class LocalSite implements Site {
    private final LockSource.Opened opened;
    private final LockCommands commands;
    private final boolean virtual;
    private final List<LocalActor> actors = new ArrayList<>();

    public LocalSite(LockSource source, LockSettings settings) throws Exception {
        this.opened = source.open(settings);
        this.commands = new LockCommands(opened.lock(), new Counters(Path.of(settings.counters())));
        this.virtual = settings.virtual();
    }

    @Override
    public LocalActor actor(String name) throws ReflectiveOperationException {
        LocalActor actor = new LocalActor(name, commands, virtual);
        actors.add(actor);
        return actor;
    }

    @Override
    public void close() throws Exception {
        opened.lock().close();
        actors.forEach(LocalActor::end);
        try {
            for (LocalActor actor : actors) {
                actor.awaitEnd();
            }
        } finally {
            commands.closeHolds();
            opened.surroundings().close();
        }
    }
}
