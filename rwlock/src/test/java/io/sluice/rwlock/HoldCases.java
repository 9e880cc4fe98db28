package io.sluice.rwlock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The first part of {@link LockContract}: who may hold together, re-entry, downgrade, holds, tokens. */
public abstract class HoldCases extends ContractSites {
    private static final List<String> WRITES = List.of(
            "write w",
            "write w 5s",
            "writeInterruptibly w",
            "tryWrite w",
            "view.write.lock",
            "view.write.lockInterruptibly",
            "view.write.tryLock",
            "view.write.tryLock 5s",
            "own.write.lock");

    // ------------------------------------------------------------ exclusion

    @Test
    void read_byMany_isShared() throws Exception {
        actor("one").does("read a");
        actor("two").does("view.read.lock");
        actor("three").does("tryRead b");
        actor("four").does("own.read.tryLock");
        actor("five").does("readInterruptibly c");
        actor("six").does("read d 5s");
        actor("seven").does("view.read.tryLock 5s");
        actor("eight").does("own.read.lockInterruptibly");
    }

    @Test
    void write_excludesReadersAndWriters() throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        Actor reader = actor("reader");
        Actor probe = actor("probe");
        holder.does("write w");
        writer.waitsFor("write x");
        reader.waitsFor("read r");
        for (String command : List.of("tryRead p", "tryWrite p", "view.read.tryLock", "view.write.tryLock")) {
            assertThat(probe.ask(command)).as(command).isEqualTo(Actor.REFUSED);
        }
        holder.does("close w");
        writer.getsIn();
        writer.does("close x");
        reader.getsIn();
    }

    @Test
    void write_byView_excludesReadersAndWriters() throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        Actor reader = actor("reader");
        holder.does("view.write.lock");
        writer.waitsFor("view.write.lock");
        reader.waitsFor("view.read.lock");
        holder.does("view.write.unlock");
        writer.getsIn();
        writer.does("view.write.unlock");
        reader.getsIn();
        reader.does("view.read.unlock");
    }

    @Test
    void read_excludesWritersUntilTheLastReaderLeaves() throws Exception {
        Actor one = actor("one");
        Actor two = actor("two");
        Actor writer = actor("writer");
        one.does("read a");
        two.does("view.read.lock");
        assertThat(writer.ask("tryWrite w")).isEqualTo(Actor.REFUSED);
        writer.waitsFor("write w");
        one.does("close a");
        writer.awaitBlocked();
        two.does("view.read.unlock");
        writer.getsIn();
    }

    // ------------------------------------------------------------ re-entry

    @Test
    void read_again_isReentryAndEachIsReleasedOnce() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        reader.does("read a");
        reader.does("view.read.lock");
        reader.does("read b");
        reader.does("own.read.lock");
        writer.waitsFor("write w");
        for (String release : List.of("close a", "view.read.unlock", "view.read.unlock")) {
            reader.does(release);
            writer.awaitBlocked();
        }
        reader.does("close b");
        writer.getsIn();
    }

    @Test
    void write_again_isReentryAndEachIsReleasedOnce() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        holder.does("view.write.lock");
        holder.does("write a");
        holder.does("own.write.tryLock");
        holder.does("tryWrite b");
        writer.waitsFor("write w");
        for (String release : List.of("view.write.unlock", "view.write.unlock", "close a")) {
            holder.does(release);
            writer.awaitBlocked();
        }
        holder.does("close b");
        writer.getsIn();
    }

    @Test
    void read_underWrite_isReentryAndOutlivesIt() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        holder.does("write w");
        holder.does("read r");
        holder.does("view.read.lock");
        assertThat(reader.ask("tryRead p")).isEqualTo(Actor.REFUSED);
        holder.does("close w");
        reader.does("read p 5s");
        reader.does("close p");
        writer.waitsFor("write w");
        holder.does("close r");
        writer.awaitBlocked();
        holder.does("view.read.unlock");
        writer.getsIn();
    }

    @Test
    void read_underWriteAndClosedBeforeIt_leavesTheWriteHold() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        holder.does("view.write.lock");
        holder.does("view.read.lock");
        holder.does("read r");
        holder.does("view.read.unlock");
        holder.does("close r");
        assertThat(reader.ask("tryRead p")).isEqualTo(Actor.REFUSED);
        holder.does("view.write.unlock");
        assertFree(reader);
    }

    // ------------------------------------------------------------ downgrade

    @Test
    void downgrade_byHold_letsNoWriterInBetween() throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        holder.does("write w");
        writer.waitsFor("write x");
        holder.does("downgrade w r");
        assertThat(holder.ask("isValid w")).isEqualTo("false");
        assertThat(holder.ask("mode r")).isEqualTo("READ");
        writer.awaitBlocked();
        assertThat(token(holder, "r")).isEqualTo(token(holder, "w"));
        holder.does("close r");
        writer.getsIn();
        assertThat(token(writer, "x")).isGreaterThan(token(holder, "r"));
    }

    @Test
    void downgrade_byView_letsNoWriterInBetween() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        holder.does("view.write.lock");
        writer.waitsFor("view.write.lock");
        holder.does("view.read.lock");
        holder.does("view.write.unlock");
        writer.awaitBlocked();
        holder.does("view.read.unlock");
        writer.getsIn();
        writer.does("view.write.unlock");
    }

    @Test
    void downgrade_byHold_letsWaitingReadersIn() throws Exception {
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        holder.does("write w");
        reader.waitsFor("read p");
        holder.does("downgrade w r");
        getsInAtOnce(reader, System.nanoTime());
        assertThat(actor("writer").ask("tryWrite x")).isEqualTo(Actor.REFUSED);
    }

    @Test
    void downgrade_byView_letsWaitingReadersIn() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        holder.does("view.write.lock");
        reader.waitsFor("view.read.lock");
        holder.does("view.read.lock");
        holder.does("view.write.unlock");
        getsInAtOnce(reader, System.nanoTime());
        holder.does("view.read.unlock");
        reader.does("view.read.unlock");
    }

    @Test
    void downgrade_byAnotherThread_countsForNobody() throws Exception {
        Actor holder = actor("holder");
        Actor other = beside(holder, "other");
        holder.does("write w");
        other.does("downgrade w r");
        assertThat(holder.ask("tryWrite x")).isEqualTo(Actor.REFUSED);
        assertThat(other.ask("tryWrite x")).isEqualTo(Actor.REFUSED);
        other.does("close r");
        assertFree(holder);
    }

    @Test
    void downgrade_ofAReadHold_throws() throws Exception {
        Actor reader = actor("reader");
        reader.does("read r");
        assertThat(reader.ask("downgrade r x"))
                .isEqualTo("IllegalStateException: not a write hold: lock=contract, mode=READ");
        assertThat(reader.ask("isValid r")).isEqualTo("true");
    }

    // ------------------------------------------------------------ upgrade

    @Test
    void write_underAReadHold_throwsAtOnce() throws Exception {
        upgradeThrows("read r", "close r", "readHolds=0, openReadHolds=1");
    }

    @Test
    void write_underAReadViewLock_throwsAtOnce() throws Exception {
        upgradeThrows("view.read.lock", "view.read.unlock", "readHolds=1, openReadHolds=0");
    }

    private void upgradeThrows(String lock, String unlock, String holds) throws Exception {
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        reader.does(lock);
        for (String command : WRITES) {
            assertThat(reader.ask(command))
                    .as(command)
                    .isEqualTo("IllegalStateException: a thread that reads cannot ask to write, it would wait for"
                            + " itself: lock=contract, thread=" + reader.name() + ", " + holds);
        }
        assertThat(writer.ask("tryWrite w")).isEqualTo(Actor.REFUSED);
        reader.does(unlock);
        assertFree(reader);
        assertFree(writer);
    }

    @Test
    void write_afterDowngrade_throwsAtOnce() throws Exception {
        Actor holder = actor("holder");
        holder.does("write w");
        holder.does("downgrade w r");
        assertThat(holder.ask("write x")).startsWith("IllegalStateException: a thread that reads cannot ask to write");
        holder.does("close r");
        assertFree(holder);
    }

    // ------------------------------------------------------------ who releases

    @Test
    void unlock_byAThreadThatDoesNotHold_throwsAndChangesNothing() throws Exception {
        Actor holder = actor("holder");
        Actor other = beside(holder, "other");
        Actor far = actor("far");
        for (String mode : List.of("read", "write")) {
            holder.does("view." + mode + ".lock");
            for (Actor stranger : List.of(other, far)) {
                assertThat(stranger.ask("view." + mode + ".unlock")).isEqualTo(notHeld(mode, stranger));
            }
            assertThat(far.ask("tryWrite x")).isEqualTo(Actor.REFUSED);
            holder.does("view." + mode + ".unlock");
            assertThat(holder.ask("view." + mode + ".unlock")).isEqualTo(notHeld(mode, holder));
            assertFree(far);
        }
    }

    @Test
    void unlock_ofAHoldByTheView_throwsAndChangesNothing() throws Exception {
        Actor holder = actor("holder");
        for (String mode : List.of("read", "write")) {
            holder.does(mode + " h");
            assertThat(holder.ask("view." + mode + ".unlock")).isEqualTo(notHeld(mode, holder));
            assertThat(actor("writer").ask("tryWrite x")).isEqualTo(Actor.REFUSED);
            holder.does("close h");
        }
        assertFree(holder);
    }

    private static String notHeld(String mode, Actor actor) {
        return "IllegalMonitorStateException: not held by this thread: lock=contract, mode="
                + (mode.equals("read") ? "READ" : "WRITE") + ", thread=" + actor.name();
    }

    @Test
    void close_byAnotherThread_releasesTheReadHold() throws Exception {
        closeByAnotherThreadReleases("read");
    }

    @Test
    void close_byAnotherThread_releasesTheWriteHold() throws Exception {
        closeByAnotherThreadReleases("write");
    }

    private void closeByAnotherThreadReleases(String mode) throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        Actor other = beside(holder, "other");
        holder.does(mode + " h");
        writer.waitsFor("write w");
        other.does("close h");
        writer.getsIn();
        for (String command : List.of("tryRead x", "tryWrite x", "view.read.tryLock", "view.write.tryLock")) {
            assertThat(holder.ask(command)).as("holds no more: %s", command).isEqualTo(Actor.REFUSED);
        }
    }

    @Test
    void close_twice_releasesOnce() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        for (String mode : List.of("read", "write")) {
            holder.does(mode + " a");
            holder.does(mode + " b");
            holder.does("close a");
            holder.does("close a");
            assertThat(writer.ask("tryWrite w")).as(mode).isEqualTo(Actor.REFUSED);
            holder.does("close b");
            holder.does("close b");
            assertFree(writer);
        }
    }

    @Test
    void closedHold_isInvalidAndItsMethodsThrow() throws Exception {
        Actor holder = actor("holder");
        holder.does("write w");
        assertThat(holder.ask("isValid w")).isEqualTo("true");
        holder.does("ensureValid w");
        holder.does("close w");
        assertThat(holder.ask("isValid w")).isEqualTo("false");
        for (String command : List.of("ensureValid w", "nested w x", "downgrade w x", "markConsistent w")) {
            assertThat(holder.ask(command))
                    .as(command)
                    .isEqualTo("IllegalStateException: hold is closed: lock=contract, mode=WRITE");
        }
        holder.does("read r");
        holder.does("close r");
        for (String command : List.of("ensureValid r", "nested r x")) {
            assertThat(holder.ask(command))
                    .as(command)
                    .isEqualTo("IllegalStateException: hold is closed: lock=contract, mode=READ");
        }
        assertFree(holder);
    }

    @Test
    void closedHold_ofAnEarlierSectionOfTheSameThread_isNotRevivedByALaterOne() throws Exception {
        Actor holder = actor("holder");
        holder.does("write old");
        holder.does("close old");
        holder.does("write new");
        assertThat(holder.ask("nested old x"))
                .isEqualTo("IllegalStateException: hold is closed: lock=contract, mode=WRITE");
        holder.does("close old");
        assertThat(actor("reader").ask("tryRead r")).isEqualTo(Actor.REFUSED);
    }

    @Test
    void readHold_knowsNothingOfConsistency() throws Exception {
        Actor reader = actor("reader");
        reader.does("read r");
        assertThat(reader.ask("markConsistent r"))
                .isEqualTo("IllegalStateException: not a write hold: lock=contract, mode=READ");
        assertThat(reader.ask("previousOwnerDied r")).isEqualTo("false");
        assertThat(reader.ask("readersDied r")).isEqualTo("false");
    }

    @Test
    void writeHold_whenNobodyDied_saysSo() throws Exception {
        Actor writer = actor("writer");
        writer.does("write w");
        assertThat(writer.ask("previousOwnerDied w")).isEqualTo("false");
        assertThat(writer.ask("readersDied w")).isEqualTo("false");
        writer.does("markConsistent w");
        writer.does("close w");
        assertFree(writer);
    }

    @Test
    void onLost_whereHoldsAreNeverLost_neverRuns() throws Exception {
        needs(Capability.NEVER_LOST);
        Actor holder = actor("holder");
        holder.does("write w");
        holder.does("watchLoss w");
        holder.does("downgrade w r");
        holder.does("watchLoss r");
        holder.does("close r");
        assertFree(holder);
        holder.does("closeLock");
        assertThat(holder.ask("losses")).isEqualTo("0");
    }

    // ------------------------------------------------------------ nested reading by the hold

    @Test
    void nestedRead_underAReadHold_outlivesIt() throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        holder.does("read r");
        holder.does("nested r n");
        holder.does("close r");
        writer.waitsFor("write w");
        holder.does("nested n o");
        holder.does("close n");
        writer.awaitBlocked();
        holder.does("close o");
        writer.getsIn();
    }

    @Test
    void nestedRead_underAWriteHold_outlivesIt() throws Exception {
        Actor holder = actor("holder");
        Actor reader = actor("reader");
        holder.does("write w");
        holder.does("nested w n");
        assertThat(reader.ask("tryRead r")).isEqualTo(Actor.REFUSED);
        holder.does("close w");
        reader.does("read r 5s");
        assertThat(reader.ask("token r")).isEqualTo(holder.ask("token n"));
        reader.does("close r");
        assertThat(reader.ask("tryWrite x")).isEqualTo(Actor.REFUSED);
        holder.does("close n");
        assertFree(reader);
    }

    @Test
    void nestedRead_isCountedForNoThread() throws Exception {
        Actor holder = actor("holder");
        holder.does("read r");
        holder.does("nested r n");
        holder.does("close r");
        assertThat(holder.ask("tryWrite w")).isEqualTo(Actor.REFUSED);
        holder.does("close n");
        assertFree(holder);
    }

    // ------------------------------------------------------------ how many

    @Test
    void readHolds_beyondTheLimit_throwAndTheCountStaysUsable() throws Exception {
        limitHolds("READ", "read h#", "read over", "close h0", "close h#");
    }

    @Test
    void writeHolds_beyondTheLimit_throwAndTheCountStaysUsable() throws Exception {
        limitHolds("WRITE", "write h#", "write over", "close h0", "close h#");
    }

    @Test
    void readView_beyondTheLimit_throwsAndTheCountStaysUsable() throws Exception {
        limitHolds("READ", "view.read.lock", "view.read.lock", "view.read.unlock", "view.read.unlock");
    }

    @Test
    void writeView_beyondTheLimit_throwsAndTheCountStaysUsable() throws Exception {
        limitHolds("WRITE", "view.write.lock", "view.write.lock", "view.write.unlock", "view.write.unlock");
    }

    private void limitHolds(String mode, String acquire, String once, String releaseOne, String release)
            throws Exception {
        needs(Capability.RE_ENTRANT);
        int most = FencedReadWriteLock.MAX_HOLDS;
        Actor holder = actor("holder");
        Actor other = actor("other");
        holder.does("repeat " + most + " " + acquire);
        for (int i = 0; i < 2; i++) {
            assertThat(holder.ask(once))
                    .isEqualTo("IllegalStateException: too many holds of one thread: lock=contract, mode=" + mode
                            + ", holds=" + most);
        }
        holder.does(releaseOne);
        assertThat(other.ask("tryWrite w")).isEqualTo(Actor.REFUSED);
        holder.does(acquire.replace('#', '0'));
        holder.does("repeat " + most + " " + release);
        assertFree(other);
    }

    // ------------------------------------------------------------ tokens

    @Test
    void token_risesWithEveryWrite() throws Exception {
        List<Actor> actors = List.of(actor("one"), actor("two"), actor("three"));
        long last = 0;
        for (int round = 0; round < 10; round++) {
            for (Actor actor : actors) {
                actor.does("write w");
                long token = token(actor, "w");
                assertThat(token).isGreaterThan(last);
                last = token;
                actor.does("close w");
            }
        }
    }

    @Test
    void token_ofAsyncWrites_risesToo() throws Exception {
        Actor actor = actor("one");
        actor.does("write w");
        actor.does("close w");
        actor.does("writeAsync f");
        actor.does("await f");
        assertThat(token(actor, "f")).isGreaterThan(token(actor, "w"));
    }

    @Test
    void token_ofAReadHold_isThatOfTheLastWrite() throws Exception {
        Actor writer = actor("writer");
        Actor one = actor("one");
        Actor two = actor("two");
        writer.does("write w");
        long written = token(writer, "w");
        writer.does("close w");
        one.does("read r");
        two.does("read r2");
        two.does("nested r2 n");
        assertThat(token(one, "r")).isEqualTo(written);
        assertThat(token(two, "r2")).isEqualTo(written);
        assertThat(token(two, "n")).isEqualTo(written);
    }

    @Test
    void token_ofReentry_isTheSame() throws Exception {
        needs(Capability.RE_ENTRANT);
        Actor writer = actor("writer");
        writer.does("write a");
        writer.does("write b");
        writer.does("read r");
        assertThat(writer.ask("token b")).isEqualTo(writer.ask("token a"));
        assertThat(writer.ask("token r")).isEqualTo(writer.ask("token a"));
    }

    // ------------------------------------------------------------ optimistic reading

    @Test
    void optimistic_withoutAWrite_isValid() throws Exception {
        needs(Capability.OPTIMISTIC_READ);
        Actor reader = actor("reader");
        Actor other = actor("other");
        String stamp = reader.ask("optimistic");
        assertThat(stamp).isNotEqualTo("0");
        other.does("read r");
        other.does("close r");
        assertThat(reader.ask("validate " + stamp)).isEqualTo("true");
        assertThat(reader.ask("optimistic")).isEqualTo(stamp);
    }

    @Test
    void optimistic_afterAWriteBegan_isInvalidForEver() throws Exception {
        needs(Capability.OPTIMISTIC_READ);
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        String stamp = reader.ask("optimistic");
        writer.does("write w");
        assertThat(reader.ask("validate " + stamp)).isEqualTo("false");
        writer.does("close w");
        assertThat(reader.ask("validate " + stamp)).isEqualTo("false");
        String later = reader.ask("optimistic");
        assertThat(reader.ask("validate " + later)).isEqualTo("true");
    }

    @Test
    void optimistic_whileWriting_isRefused() throws Exception {
        needs(Capability.OPTIMISTIC_READ);
        Actor reader = actor("reader");
        Actor writer = actor("writer");
        writer.does("view.write.lock");
        assertThat(reader.ask("optimistic")).isEqualTo("0");
        assertThat(reader.ask("validate 0")).isEqualTo("false");
        writer.does("view.write.unlock");
        assertThat(reader.ask("optimistic")).isNotEqualTo("0");
    }

    @Test
    void optimistic_whileAWriterOnlyWaits_isValid() throws Exception {
        needs(Capability.OPTIMISTIC_READ);
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        Actor reader = actor("reader");
        holder.does("read r");
        writer.waitsFor("write w");
        String stamp = reader.ask("optimistic");
        assertThat(stamp).isNotEqualTo("0");
        assertThat(reader.ask("validate " + stamp)).isEqualTo("true");
        holder.does("close r");
        writer.getsIn();
        assertThat(reader.ask("validate " + stamp)).isEqualTo("false");
    }

    @Test
    void optimistic_whereItIsNotClaimed_isAlwaysRefused() throws Exception {
        if (!capabilities().contains(Capability.OPTIMISTIC_READ)) {
            Actor reader = actor("reader");
            assertThat(reader.ask("optimistic")).isEqualTo("0");
            assertThat(reader.ask("validate 0")).isEqualTo("false");
        }
    }

    // ------------------------------------------------------------ views

    @Test
    void newCondition_isUnsupportedWithAReason() throws Exception {
        Actor actor = actor("one");
        for (String mode : List.of("read", "write")) {
            assertThat(actor.ask("view." + mode + ".newCondition"))
                    .isEqualTo(
                            "UnsupportedOperationException: no conditions: a waiter would have to be woken by threads"
                                    + " of other processes; wait on a channel");
        }
    }

    @Test
    void ofCurrentThread_refusesOtherThreads() throws Exception {
        Actor owner = actor("owner");
        Actor other = beside(owner, "other");
        owner.does("lend mine");
        for (String command : List.of(
                "mine.read.lock",
                "mine.read.tryLock",
                "mine.read.tryLock 5s",
                "mine.read.lockInterruptibly",
                "mine.read.unlock",
                "mine.write.lock",
                "mine.write.tryLock",
                "mine.write.tryLock 5s",
                "mine.write.lockInterruptibly",
                "mine.write.unlock")) {
            assertThat(other.ask(command))
                    .as(command)
                    .isEqualTo("IllegalStateException: belongs to another thread: lock=contract, owner=" + owner.name()
                            + ", thread=" + other.name());
        }
        owner.does("mine.write.lock");
        owner.does("mine.read.lock");
        owner.does("view.write.unlock");
        owner.does("view.read.unlock");
        assertFree(other);
    }

    @Test
    void describe_namesTheLock() throws Exception {
        assertThat(actor("one").ask("describe")).contains("name=contract");
    }

    @Test
    void parties_listHoldersAndWaiters() throws Exception {
        Actor holder = actor("holder");
        Actor writer = actor("writer");
        Actor reader = actor("reader");
        if (!capabilities().contains(Capability.LISTS_PARTIES)) {
            holder.does("read r");
            assertThat(holder.ask("parties")).isEqualTo("[]");
            return;
        }
        holder.does("view.read.lock");
        writer.waitsFor("write w");
        reader.waitsFor("read r");
        for (String look : List.of("parties", "describe")) {
            assertThat(beside(reader, "looker").ask(look))
                    .containsPattern("holds READ: [^,]*pid=" + holder.ask("pid") + ",[^\\\\]*?thread=" + holder.name())
                    .containsPattern("waits for WRITE: [^\\\\]*?thread=" + writer.name())
                    .containsPattern("waits for READ: [^\\\\]*?thread=" + reader.name());
        }
        holder.does("view.read.unlock");
        writer.getsIn();
        assertThat(holder.ask("parties")).containsPattern("holds WRITE: [^\\\\]*?thread=" + writer.name());
    }
}
