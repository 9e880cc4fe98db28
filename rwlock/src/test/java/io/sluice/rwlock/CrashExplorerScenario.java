package io.sluice.rwlock;

import static io.sluice.rwlock.CrashExplorerProcess.counted;
import static io.sluice.rwlock.CrashExplorerProcess.own;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.domain.Owner;
import io.sluice.shm.memory.Fences;
import io.sluice.shm.memory.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What the victim is about when it is stopped, and what it finds.
 *
 * @param isTogether whether the survivors begin with the victim; else when it has stopped or ended
 * @param prepare makes what the victim finds, and gives it, and the helper, something to do
 */
record CrashExplorerScenario(
        String name, boolean isTogether, int readersAfter, Fences.Kind fences, Consumer<CrashExplorerRun> prepare) {

    @Override
    public String toString() {
        return name;
    }

    static List<CrashExplorerScenario> all() {
        List<CrashExplorerScenario> all = new ArrayList<>();
        addReaders(all);
        addWriters(all);
        addRecoveries(all);
        addAttaching(all);
        return all;
    }

    private static CrashExplorerScenario alone(String name, Consumer<CrashExplorerRun> prepare) {
        return new CrashExplorerScenario(name, false, 0, Fences.supported(), prepare);
    }

    private static CrashExplorerScenario together(String name, Consumer<CrashExplorerRun> prepare) {
        return new CrashExplorerScenario(name + ", together", true, 0, Fences.supported(), prepare);
    }

    private static void addBoth(List<CrashExplorerScenario> all, String name, Consumer<CrashExplorerRun> prepare) {
        all.add(alone(name, prepare));
        all.add(together(name, prepare));
    }

    // ------------------------------------------------------------ reading

    private static void addReaders(List<CrashExplorerScenario> all) {
        addBoth(all, "reads on its own lane", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(() -> {
                victim.readOwn(run.victimLane());
                victim.readOwn(run.victimLane());
            });
        });
        addBoth(all, "turns bias on while it reads", run -> {
            CrashExplorerProcess victim = run.victim();
            run.world().setBias(false);
            run.victimDoes(() -> {
                victim.enterOwn(run.victimLane());
                victim.beginReading();
                victim.lock().rebias();
                victim.endReading();
                victim.lock().leaveOwn(own(run.victimLane()));
                victim.readOwn(run.victimLane());
            });
        });
        addBoth(all, "reads through the gate", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(() -> {
                victim.enterRead(run.victimLane(), false);
                victim.read();
                victim.lock().leaveOwn(own(run.victimLane()));
                victim.readCounted(victim.sharedLane());
            });
        });
        addBoth(all, "adds holds to holds", CrashExplorerScenario::addHolds);
        addBoth(all, "moves a hold to the counted lane", run -> {
            CrashExplorerProcess victim = run.victim();
            int lane = run.victimLane();
            run.victimDoes(() -> {
                victim.enterOwn(lane);
                victim.beginReading();
                victim.lock().addCounted(counted(lane));
                victim.lock().leaveOwn(own(lane));
                victim.endReading();
                victim.lock().leaveCounted(counted(lane));
            });
        });
        addBoth(all, "waits at the gate, own lane", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperWrite(run);
            run.victimDoes(() -> victim.readOwn(run.victimLane()));
        });
        addBoth(all, "waits at the gate, counted lane", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperWrite(run);
            run.victimDoes(() -> victim.readCounted(victim.sharedLane()));
        });
        addBoth(all, "reader gives up at the gate", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperWrite(run);
            run.victimDoes(() -> {
                Outcome outcome = victim.lock().enterRead(run.victimLane(), true, impatient(2));
                if (outcome == Outcome.ACQUIRED) {
                    victim.read();
                    victim.lock().leaveCounted(counted(run.victimLane()));
                }
            });
        });
        all.add(new CrashExplorerScenario("reads with full fences, together", true, 0, Fences.Kind.FULL, run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(() -> {
                victim.readOwn(run.victimLane());
                victim.readCounted(victim.sharedLane());
            });
        }));
    }

    private static void addHolds(CrashExplorerRun run) {
        CrashExplorerProcess victim = run.victim();
        int word = counted(victim.sharedLane());
        run.victimDoes(() -> {
            victim.enterRead(victim.sharedLane(), true);
            victim.beginReading();
            victim.lock().addCounted(word);
            victim.lock().leaveCounted(word);
            victim.endReading();
            victim.lock().leaveCounted(word);
        });
    }

    /** The helper is in its section and leaves it some time in the run. */
    private static void letHelperWrite(CrashExplorerRun run) {
        CrashExplorerProcess helper = run.helper();
        assertThat(helper.enterWrite(Patience.unlimited())).isEqualTo(Outcome.ACQUIRED);
        run.helperDoes(() -> {
            helper.change();
            helper.leaveWrite(true);
        });
    }

    /**
     * The helper reads on its own lane, and what it stored there is not seen yet when the others begin; it goes on when
     * they wait for it.
     */
    private static void letHelperLinger(CrashExplorerRun run, boolean afterRebias) {
        CrashExplorerProcess helper = run.helper();
        run.helperDoes(() -> {
            if (afterRebias) {
                helper.enterOwn(run.helperLane());
                helper.lock().rebias();
                helper.lock().leaveOwn(own(run.helperLane()));
            }
            helper.enterOwn(run.helperLane());
            helper.beginReading();
            run.world().schedule().linger();
            helper.endReading();
            helper.lock().leaveOwn(own(run.helperLane()));
        });
    }

    /** Patience that ends at its {@code asked}-th question. */
    static Patience impatient(int asked) {
        return Patience.onBehalf(new BooleanSupplier() {
            private int left = asked;

            @Override
            public boolean getAsBoolean() {
                left--;
                return left <= 0;
            }
        });
    }

    // ------------------------------------------------------------ writing

    private static void addWriters(List<CrashExplorerScenario> all) {
        addBoth(all, "writes, takes bias away", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes without bias", run -> {
            CrashExplorerProcess victim = run.victim();
            run.world().setBias(false);
            run.victimDoes(victim::write);
        });
        all.add(new CrashExplorerScenario("writes with full fences, together", true, 0, Fences.Kind.FULL, run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(victim::write);
        }));
        addBoth(all, "waits for another writer", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperWrite(run);
            run.victimDoes(victim::write);
        });
        addBoth(all, "drains readers", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperRead(run);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes beside a reader that nobody sees yet", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperLinger(run, false);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes while a reader turns bias on", run -> {
            CrashExplorerProcess victim = run.victim();
            run.world().setBias(false);
            letHelperLinger(run, true);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writer gives up behind a writer", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperWrite(run);
            run.victimDoes(() -> victim.write(impatient(1)));
        });
        addBoth(all, "writer gives up draining", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperRead(run);
            run.victimDoes(() -> victim.write(impatient(2)));
        });
        addBoth(all, "tries to write", run -> {
            CrashExplorerProcess victim = run.victim();
            letHelperRead(run);
            run.victimDoes(() -> {
                victim.write(Patience.none());
                victim.write(Patience.none());
            });
        });
        addBoth(all, "downgrades to its own lane", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(() -> {
                victim.enterWrite(Patience.unlimited());
                victim.change();
                victim.lock().setOwn(own(run.victimLane()));
                victim.beginReading();
                victim.leaveWrite(true);
                victim.endReading();
                victim.lock().leaveOwn(own(run.victimLane()));
            });
        });
        addBoth(all, "downgrades to the shared lane", run -> {
            CrashExplorerProcess victim = run.victim();
            int word = counted(victim.sharedLane());
            run.victimDoes(() -> {
                victim.enterWrite(Patience.unlimited());
                victim.change();
                victim.lock().addCounted(word);
                victim.beginReading();
                victim.leaveWrite(true);
                victim.endReading();
                victim.lock().leaveCounted(word);
            });
        });
        all.add(new CrashExplorerScenario("lets readers in, together", true, 1, Fences.supported(), run -> {
            CrashExplorerProcess victim = run.victim();
            run.world().words().intPlain(LockLayout.PASSED, 1);
            letHelperWrite(run);
            run.victimDoes(() -> {
                victim.write();
                victim.write();
            });
        }));
        addBoth(all, "writes in two threads, one gives up in the queue", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(victim::write);
            run.victimDoes(() -> victim.write(impatient(1)));
        });
        addBoth(all, "writes in three threads", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(victim::write);
            run.victimDoes(victim::write);
            run.victimDoes(() -> victim.write(impatient(3)));
        });
        all.add(together("reads and writes in two threads", run -> {
            CrashExplorerProcess victim = run.victim();
            run.victimDoes(() -> {
                victim.write();
                victim.write();
            });
            run.victimDoes(() -> {
                victim.readOwn(run.victimLane());
                victim.readCounted(victim.sharedLane());
            });
        }));
    }

    private static void letHelperRead(CrashExplorerRun run) {
        CrashExplorerProcess helper = run.helper();
        helper.enterOwn(run.helperLane());
        helper.beginReading();
        helper.lock().addCounted(counted(helper.sharedLane()));
        run.helperDoes(() -> {
            helper.lock().leaveOwn(own(run.helperLane()));
            helper.endReading();
            helper.lock().leaveCounted(counted(helper.sharedLane()));
        });
    }

    // ------------------------------------------------------------ after a death

    private static void addRecoveries(List<CrashExplorerScenario> all) {
        addBoth(all, "writes after a reader that died on its own lane", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadReader(run, false);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes after a reader that died on its shared lane", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadReader(run, true);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes after a dead waiting writer", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadBit(run);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes after a dead owner", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadOwner(run);
            run.victimDoes(victim::write);
        });
        addBoth(all, "writes on torn data", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveTorn(run);
            run.victimDoes(victim::write);
        });
        addBoth(all, "leaves torn data as it is", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveTorn(run);
            run.victimDoes(() -> {
                victim.enterWrite(Patience.unlimited());
                victim.leaveWrite(!victim.wasDirty());
            });
        });
        addBoth(all, "rescues from a dead waiting writer", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadBit(run);
            run.victimDoes(() -> victim.readOwn(run.victimLane()));
        });
        addBoth(all, "rescues from a dead owner", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveDeadOwner(run);
            run.victimDoes(() -> victim.readCounted(victim.sharedLane()));
        });
        addBoth(all, "finds torn data as a reader", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveTorn(run);
            run.victimDoes(() -> victim.readOwn(run.victimLane()));
        });
        addBoth(all, "rescues in two threads", run -> {
            CrashExplorerProcess victim = run.victim();
            leaveTorn(run);
            run.victimDoes(() -> victim.readOwn(run.victimLane()));
            run.victimDoes(victim::write);
            run.victimDoes(() -> victim.readCounted(victim.sharedLane()));
        });
    }

    private static void leaveDeadReader(CrashExplorerRun run, boolean counted) {
        CrashExplorerProcess helper = run.helper();
        helper.enterRead(counted ? helper.sharedLane() : run.helperLane(), counted);
        helper.beginReading();
        run.killHelper();
    }

    private static void leaveDeadBit(CrashExplorerRun run) {
        Words words = run.world().words();
        int slot = Owner.slot(run.helper().self());
        words.longPlain(LockLayout.slot(slot, LockLayout.WANT), run.helper().self());
        words.longOr(LockLayout.WRITERS, 1L << slot);
        run.killHelper();
    }

    private static void leaveDeadOwner(CrashExplorerRun run) {
        assertThat(run.helper().lock().enterWrite(Patience.unlimited())).isEqualTo(Outcome.ACQUIRED);
        run.killHelper();
    }

    private static void leaveTorn(CrashExplorerRun run) {
        assertThat(run.helper().enterWrite(Patience.unlimited())).isEqualTo(Outcome.ACQUIRED);
        run.world().writeFirstHalf();
        run.killHelper();
    }

    // ------------------------------------------------------------ coming and going

    private static void addAttaching(List<CrashExplorerScenario> all) {
        addBoth(all, "attaches, reads, and detaches", run -> {
            CrashExplorerProcess victim = run.newVictim();
            run.victimDoes(() -> comeAndGo(victim));
        });
        addBoth(all, "attaches to the slot of a dead reader", run -> {
            run.killPredecessorOfVictim(false);
            CrashExplorerProcess victim = run.newVictim();
            run.victimDoes(() -> comeAndGo(victim));
        });
        addBoth(all, "attaches to the slot of one that died on its shared lane", run -> {
            run.killPredecessorOfVictim(true);
            CrashExplorerProcess victim = run.newVictim();
            run.victimDoes(() -> comeAndGo(victim));
        });
    }

    private static void comeAndGo(CrashExplorerProcess victim) {
        victim.lock().table().attach();
        victim.readCounted(victim.sharedLane());
        int lane = victim.lease();
        victim.readOwn(lane);
        victim.lock().addCounted(counted(lane));
        assertThat(victim.lock().table().giveBack(lane)).isFalse();
        victim.lock().leaveCounted(counted(lane));
        victim.giveBack(lane);
        victim.lock().table().detach();
        victim.lock().table().attach();
    }
}
