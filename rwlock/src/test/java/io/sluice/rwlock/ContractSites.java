package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.Conditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;

/**
 * The stage of the contract suite: actors on one lock, spread over the sites that the implementation names. The sites
 * are opened when they are needed and closed after each test.
 */
public abstract class ContractSites {
    /** Name of the lock. */
    protected static final String LOCK = "contract";

    /** What happens at once happens within this time, also on a busy machine. */
    protected static final Duration AT_ONCE = Duration.ofSeconds(5);

    private final List<Site> sites = new ArrayList<>();
    private final Map<Actor, Site> homes = new HashMap<>();
    private int readersAfter;
    private int spread;
    private Path counters;

    /** Opens the locks. */
    protected abstract LockSource source();

    protected abstract Set<Capability> capabilities();

    /** Where the test's lock is to lie, see {@link LockSettings#place}. */
    protected abstract String place();

    /** Over how many sites the actors are spread. */
    protected int siteCount() {
        return 1;
    }

    /** Opens the site number {@code index} of {@link #siteCount}. */
    protected Site openSite(int index, LockSettings settings) throws Exception {
        return new LocalSite(source(), settings);
    }

    /** Runs when the sites of a test are closed. */
    protected void cleanUp() throws Exception {}

    @AfterEach
    final void closeSites() throws Exception {
        try {
            for (Site site : sites) {
                site.close();
            }
        } finally {
            if (counters != null) {
                Files.delete(counters);
            }
            cleanUp();
        }
    }

    protected final void needs(Capability capability) {
        assumeTrue(capabilities().contains(capability), () -> "is not claimed: capability=" + capability);
    }

    /** Sets the lock's option; before the first actor. */
    protected final void letReadersInAfter(int writers) {
        readersAfter = writers;
    }

    /** A new actor; the next one is at the next site. */
    protected final Actor actor(String name) throws Exception {
        int index = spread++ % siteCount();
        while (sites.size() <= index) {
            sites.add(openSite(sites.size(), settings(false)));
        }
        return actorAt(sites.get(index), name);
    }

    /** A new actor that shares the lock object of another one. */
    protected final Actor beside(Actor other, String name) throws Exception {
        return actorAt(homes.get(other), name);
    }

    /** A new actor at a site that the test opened. */
    protected final Actor actorAt(Site site, String name) throws Exception {
        Actor actor = site.actor(name + homes.size());
        homes.put(actor, site);
        return actor;
    }

    /** What a site opens. */
    protected final LockSettings settings(boolean virtual) throws IOException {
        if (counters == null) {
            counters = Files.createTempFile("sluice-counters-", "");
        }
        return new LockSettings(place(), LOCK, readersAfter, counters.toString(), virtual);
    }

    // ------------------------------------------------------------ what many cases say

    /** The actor's command ends as it should, and soon after {@code since} (nanoTime). */
    protected static void getsInAtOnce(Actor actor, long since) throws Exception {
        actor.getsIn();
        assertThat(Duration.ofNanos(System.nanoTime() - since)).as(actor.name()).isLessThan(AT_ONCE);
    }

    /** Nobody holds the lock, and it can be had. */
    protected static void assertFree(Actor actor) throws Exception {
        actor.does("write free 5s");
        actor.does("close free");
    }

    /** Waits until a writer keeps {@code probe}, who holds nothing, from reading; or has given up already. */
    protected static void awaitClosedGate(Actor probe, Conditions.Condition writerHasGivenUp) throws Exception {
        Conditions.await("gate is closed", AT_ONCE, () -> {
            boolean open = probe.ask("tryRead probe").equals(Actor.DONE);
            if (open) {
                probe.does("close probe");
            }
            return !open || writerHasGivenUp.holds();
        });
    }

    protected static long token(Actor actor, String hold) throws Exception {
        return Long.parseLong(actor.ask("token " + hold));
    }
}
