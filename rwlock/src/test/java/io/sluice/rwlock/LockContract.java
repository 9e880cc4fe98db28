package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.shm.testing.Seed;
import io.sluice.shm.testing.Stress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every {@link FencedReadWriteLock} promises, as actors see it, on whatever sites a subclass puts them. An
 * implementation names its {@link Capability capabilities} and is tested for exactly those.
 *
 * <p>In three classes that extend each other, for length, and not nested, so that ForkedTests can run them with other
 * options.
 */
public abstract class LockContract extends WaitingCases {
    private static final String CLOSED = "IllegalStateException: lock is closed: lock=contract";

    // ------------------------------------------------------------ closing

    @Test
    void close_whileOthersWaitForAWriter_endsAllWaitsAndKeepsTheHold() throws Exception {
        Actor holder = actor("holder");
        holder.does("write h");
        List<Actor> waiters = waitersBeside(holder);
        holder.does("writeAsync f");
        holder.does("readAsync g");
        beside(holder, "closer").does("closeLock");
        for (Actor waiter : waiters) {
            assertThat(waiter.answer()).isEqualTo(CLOSED);
        }
        assertThat(holder.ask("await f")).isEqualTo(CLOSED);
        assertThat(holder.ask("await g")).isEqualTo(CLOSED);
        assertThat(holder.ask("isValid h")).isEqualTo("true");
        holder.does("ensureValid h");
        holder.does("close h");
        assertThat(holder.ask("isValid h")).isEqualTo("false");
    }

    @Test
    void close_whileAWriterDrainsReaders_endsItsWaitAndKeepsTheHolds() throws Exception {
        Actor holder = actor("holder");
        Actor writer = beside(holder, "writer");
        Actor viewer = beside(holder, "viewer");
        holder.does("read h");
        viewer.does("view.read.lock");
        writer.waitsFor("write w");
        List<Actor> waiters = waitersBeside(holder);
        holder.does("closeLock");
        assertThat(writer.answer()).isEqualTo(CLOSED);
        for (Actor waiter : waiters) {
            assertThat(waiter.answer()).isEqualTo(CLOSED);
        }
        assertThat(holder.ask("isValid h")).isEqualTo("true");
        holder.does("close h");
        viewer.does("view.read.unlock");
    }

    private List<Actor> waitersBeside(Actor holder) throws Exception {
        List<Actor> waiters = new ArrayList<>();
        for (String command : List.of(
                "read x",
                "view.read.lock",
                "readInterruptibly x",
                "read x 60s",
                "write x",
                "view.write.lock",
                "view.write.lockInterruptibly",
                "write x 60s")) {
            Actor waiter = beside(holder, "waiter");
            waiter.waitsFor(command);
            waiters.add(waiter);
        }
        return waiters;
    }

    @Test
    void close_withAnOpenHold_keepsOthersOutUntilItIsClosed() throws Exception {
        closeKeepsOthersOut("write h", "close h");
    }

    @Test
    void close_withAViewLock_keepsOthersOutUntilItIsUnlocked() throws Exception {
        closeKeepsOthersOut("view.write.lock", "view.write.unlock");
    }

    private void closeKeepsOthersOut(String lock, String unlock) throws Exception {
        assumeTrue(siteCount() > 1, "nobody else can see it");
        Actor holder = actor("holder");
        Actor other = actor("other");
        holder.does(lock);
        other.waitsFor("write w");
        holder.does("closeLock");
        other.awaitBlocked();
        holder.does(unlock);
        other.getsIn();
    }

    @Test
    void close_withOpenHolds_leavesThemTheirMethods() throws Exception {
        Actor holder = actor("holder");
        holder.does("write w");
        long token = token(holder, "w");
        holder.does("closeLock");
        assertThat(token(holder, "w")).isEqualTo(token);
        holder.does("nested w n");
        holder.does("nested n o");
        holder.does("downgrade w r");
        assertThat(holder.ask("isValid w")).isEqualTo("false");
        for (String hold : List.of("n", "o", "r")) {
            assertThat(holder.ask("isValid " + hold)).isEqualTo("true");
            holder.does("close " + hold);
        }
    }

    @Test
    void close_withAViewLock_letsItBeUnlocked() throws Exception {
        Actor holder = actor("holder");
        Actor reader = beside(holder, "reader");
        holder.does("view.write.lock");
        holder.does("view.read.lock");
        holder.does("closeLock");
        holder.does("view.write.unlock");
        holder.does("view.read.unlock");
        assertThat(holder.ask("view.read.unlock"))
                .startsWith("IllegalMonitorStateException: not held by this thread: lock=contract");
        assertThat(reader.ask("view.read.lock")).isEqualTo(CLOSED);
    }

    @Test
    void close_withAViewLock_letsItBeUnlockedByAViewThatWasNotKept() throws Exception {
        Actor holder = actor("holder");
        holder.does("fresh.write.lock");
        holder.does("own.read.lock");
        holder.does("closeLock");
        holder.does("own.read.unlock");
        holder.does("fresh.write.unlock");
    }

    @Test
    void close_isIdempotentAndUseAfterItThrows() throws Exception {
        Actor one = actor("one");
        Actor fresh = beside(one, "fresh");
        one.does("read r");
        one.does("close r");
        one.does("lend mine");
        one.does("closeLock");
        one.does("closeLock");
        for (Actor actor : List.of(one, fresh)) {
            for (String command : List.of(
                    "read x",
                    "write x",
                    "readInterruptibly x",
                    "writeInterruptibly x",
                    "read x 5s",
                    "write x 5s",
                    "read x 0ms",
                    "tryRead x",
                    "tryWrite x",
                    "readAsync x",
                    "writeAsync x 5s",
                    "view.read.lock",
                    "view.write.tryLock",
                    "fresh.read.lock",
                    "own.write.lock",
                    "optimistic",
                    "describe",
                    "parties")) {
                assertThat(actor.ask(command))
                        .as(command)
                        .satisfiesAnyOf(
                                answer -> assertThat(answer).isEqualTo(CLOSED),
                                answer -> assertThat(command).isIn("describe", "parties"));
            }
        }
        assertThat(one.ask("mine.read.lock")).isEqualTo(CLOSED);
        assertThat(one.ask("mine.write.lock")).isEqualTo(CLOSED);
        one.ask("validate 2"); // no promise but that it returns
        one.does("close r");
    }

    @Test
    void close_ofOneSite_leavesTheOthersAlone() throws Exception {
        assumeTrue(siteCount() > 1, "there is no other");
        Actor one = actor("one");
        Actor two = actor("two");
        two.does("read r");
        one.does("read s");
        one.does("close s");
        one.does("closeLock");
        assertThat(two.ask("isValid r")).isEqualTo("true");
        two.does("close r");
        assertFree(two);
    }

    // ------------------------------------------------------------ counting

    @Test
    void fiftyThreads_keepAnUnguardedCounterExact() throws Exception {
        countTogether(50);
    }

    @Test
    void twoThreads_keepAnUnguardedCounterExact() throws Exception {
        countTogether(2);
    }

    @Test
    void manyThreads_withABoundForReaders_keepAnUnguardedCounterExact() throws Exception {
        needs(Capability.READERS_AFTER);
        letReadersInAfter(2);
        countTogether(12);
    }

    private void countTogether(int threads) throws Exception {
        long seed = Seed.next(getClass().getSimpleName());
        Random seeds = new Random(seed);
        int millis = Stress.choose(400, 20_000);
        List<Actor> actors = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            actors.add(actor("count"));
        }
        for (Actor actor : actors) {
            actor.start("count " + millis + "ms " + seeds.nextLong());
        }
        long writes = 0;
        for (Actor actor : actors) {
            String answer = actor.answer();
            Matcher matcher = Pattern.compile("writes=(\\d+), torn=0").matcher(answer);
            assertThat(matcher.matches()).as("%s, seed=%d", answer, seed).isTrue();
            writes += Long.parseLong(matcher.group(1));
        }
        assertThat(actors.get(0).ask("counters")).as("seed=%d", seed).isEqualTo(writes + " " + writes);
        assertThat(writes).isPositive();
        assertFree(actors.get(1));
    }

    // ------------------------------------------------------------ virtual threads

    @Test
    @Tag("process")
    void virtualThreads_thatWait_leaveTheirCarrierToOthers() throws Exception {
        needs(Capability.VIRTUAL_THREADS);
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads come with JDK 21");
        Actor far = actor("far");
        try (LockDriver driver = LockDriver.start(
                        source(),
                        "-Djdk.virtualThreadScheduler.parallelism=1",
                        "-Djdk.virtualThreadScheduler.maxPoolSize=1");
                Site site = driver.open(settings(true))) {
            for (String write : List.of("write w", "view.write.lock")) {
                for (String read : List.of("read r", "view.read.lock")) {
                    virtualThreadsTakeTurns(site, write, read);
                }
            }
            virtualThreadsAnswerInterrupts(site);
            virtualThreadsCount(site);
            if (siteCount() > 1) {
                assertFree(far);
            }
        }
    }

    private void virtualThreadsTakeTurns(Site site, String write, String read) throws Exception {
        Actor holder = actorAt(site, "holder");
        Actor reader = actorAt(site, "reader");
        Actor writer = actorAt(site, "writer");
        Actor other = actorAt(site, "other");
        holder.does("write h");
        reader.waitsFor(read);
        writer.waitsFor(write);
        other.does("lend v" + other.name());
        assertThat(other.ask("tryRead p")).isEqualTo(Actor.REFUSED);
        assertThat(other.ask("read p 20ms")).startsWith("LockTimeoutException");
        holder.does("close h");
        writer.getsIn();
        writer.does(write.startsWith("view") ? "view.write.unlock" : "close w");
        reader.getsIn();
        reader.does(read.startsWith("view") ? "view.read.unlock" : "close r");
        assertFree(other);
    }

    private void virtualThreadsAnswerInterrupts(Site site) throws Exception {
        Actor holder = actorAt(site, "holder");
        Actor waiter = actorAt(site, "waiter");
        holder.does("write h");
        for (String command : List.of("readInterruptibly x", "writeInterruptibly x", "view.write.tryLock max")) {
            waiter.waitsFor(command);
            waiter.interrupt();
            assertThat(waiter.answer()).as(command).isEqualTo("InterruptedException");
        }
        waiter.waitsFor("read x");
        waiter.interrupt();
        waiter.awaitBlocked();
        holder.does("close h");
        assertThat(waiter.answer()).isEqualTo(Actor.DONE + Actor.INTERRUPTED);
        waiter.does("close x");
        assertFree(holder);
    }

    private void virtualThreadsCount(Site site) throws Exception {
        List<Actor> actors = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            actors.add(actorAt(site, "count"));
        }
        for (Actor actor : actors) {
            actor.start("count 300ms " + actors.indexOf(actor));
        }
        for (Actor actor : actors) {
            assertThat(actor.answer()).endsWith("torn=0");
        }
    }

    // ------------------------------------------------------------ death

    @Test
    @Tag("kill")
    void death_ofAReader_letsTheWriterInWhoIsTold() throws Exception {
        needs(Capability.SURVIVES_DEATH);
        Actor writer = actor("writer");
        Actor reader = actor("reader");
        try (LockDriver driver = LockDriver.start(source())) {
            Actor victim = actorAt(driver.open(settings(false)), "victim");
            victim.does("read h");
            writer.waitsFor("write w");
            reader.waitsFor("read r");
            long since = System.nanoTime();
            driver.kill();
            getsInAtOnce(writer, since);
        }
        assertThat(writer.ask("readersDied w")).isEqualTo("true");
        assertThat(writer.ask("previousOwnerDied w")).isEqualTo("false");
        writer.does("close w");
        reader.getsIn();
        reader.does("close r");
        writer.does("write w");
        assertThat(writer.ask("readersDied w")).isEqualTo("false");
    }

    @Test
    @Tag("kill")
    void death_ofAWriter_keepsReadersOutUntilTheDataIsMended() throws Exception {
        needs(Capability.SURVIVES_DEATH);
        String inconsistent =
                "InconsistentDataException: a writer died in its section and nobody has mended the data: lock=contract";
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        try (LockDriver driver = LockDriver.start(source())) {
            Actor victim = actorAt(driver.open(settings(false)), "victim");
            victim.does("view.write.lock");
            reader.waitsFor("read r");
            long since = System.nanoTime();
            driver.kill();
            assertThat(reader.answer()).isEqualTo(inconsistent);
            assertThat(System.nanoTime() - since).isLessThan(AT_ONCE.toNanos());
        }
        for (String command : List.of("read r", "tryRead r", "view.read.lock", "read r 5s", "view.write.lock")) {
            assertThat(reader.ask(command)).as(command).isEqualTo(inconsistent);
        }
        writer.does("write w");
        assertThat(writer.ask("previousOwnerDied w")).isEqualTo("true");
        writer.does("close w");
        assertThat(reader.ask("readAsync f")).isEqualTo(Actor.DONE);
        assertThat(reader.ask("await f")).isEqualTo(inconsistent);
        writer.does("write w");
        writer.does("markConsistent w");
        assertThat(writer.ask("previousOwnerDied w")).isEqualTo("false");
        writer.does("close w");
        reader.does("read r");
    }

    @Test
    @Tag("kill")
    void death_ofAWaitingWriter_opensTheGate() throws Exception {
        needs(Capability.SURVIVES_DEATH);
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        try (LockDriver driver = LockDriver.start(source())) {
            Actor victim = actorAt(driver.open(settings(false)), "victim");
            holder.does("read h");
            victim.waitsFor("write w");
            reader.waitsFor("read r");
            long since = System.nanoTime();
            driver.kill();
            getsInAtOnce(reader, since);
        }
    }
}
