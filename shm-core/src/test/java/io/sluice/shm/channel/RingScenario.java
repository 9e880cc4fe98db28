package io.sluice.shm.channel;

import java.util.function.BiConsumer;

/** What the victim does, and what was before. */
@SuppressWarnings("ImmutableEnumChecker") // its functions have no state
enum RingScenario {
    SENDS((run, victim) -> victim.out = victim.channel.publish(), (run, victim) -> victim.send(3)),
    SENDS_A_BATCH((run, victim) -> victim.out = victim.channel.publish(), (run, victim) -> victim.sendBatch(4)),
    ABORTS((run, victim) -> victim.out = victim.channel.publish(), (run, victim) -> {
        victim.abort();
        victim.send(1);
        victim.abort();
    }),
    COMES_AND_GOES((run, victim) -> {}, (run, victim) -> {
        for (int i = 0; i < 2; i++) {
            victim.out = victim.channel.publish();
            victim.send(1);
            victim.out.close();
        }
    }),
    KEEPS_THE_TAIL(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.sendUntilItKeepsTheTail(victim);
            },
            (run, victim) -> victim.send(3)),
    KEEPS_THE_TAIL_ALONE(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.makeTheProducerComeLate();
                run.sendUntilItKeepsTheTail(victim);
            },
            (run, victim) -> victim.send(3)),
    KEEPS_THE_TAIL_AND_LEAVES(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.sendUntilItKeepsTheTail(victim);
            },
            (run, victim) -> {
                victim.send(1);
                victim.out.close();
            }),
    TAKES_THE_TAIL_AWAY(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.sendUntilItKeepsTheTail(run.producer());
            },
            (run, victim) -> victim.send(2)),
    JOINS_WHERE_THE_TAIL_IS_KEPT((run, victim) -> run.sendUntilItKeepsTheTail(run.producer()), (run, victim) -> {
        victim.in = victim.channel.subscribe(StartPosition.LATEST);
        victim.receive();
        victim.in.close();
    }),
    LEAVES_AS_THE_PRODUCER_LEAVES(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.makeTheProducerLeave();
            },
            (run, victim) -> {
                victim.send(1);
                victim.out.close();
            }),
    SENDS_ON_A_FULL_RING(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.fillRing();
            },
            (run, victim) -> victim.send(3)),
    READS((run, victim) -> victim.in = victim.channel.subscribe(), (run, victim) -> run.receiveSomeAndLeave(victim)),
    READS_A_FULL_RING(
            (run, victim) -> {
                victim.in = victim.channel.subscribe();
                run.fillRing();
            },
            (run, victim) -> run.receiveSomeAndLeave(victim)),
    JOINS_AND_LEAVES((run, victim) -> {}, (run, victim) -> {
        for (StartPosition start : StartPosition.values()) {
            victim.in = victim.channel.subscribe(start);
            victim.receive();
            victim.receive();
            victim.in.close();
        }
    }),
    RESCUES_AS_A_READER(
            (run, victim) -> {
                victim.in = victim.channel.subscribe(StartPosition.LATEST);
                run.leaveGap();
            },
            (run, victim) -> run.receiveSomeAndLeave(victim)),
    RESCUES_AS_A_PRODUCER(
            (run, victim) -> {
                victim.out = victim.channel.publish();
                run.leaveGap();
                run.fillRing();
            },
            (run, victim) -> victim.send(2)),
    RESCUES_AS_A_NEW_PRODUCER((run, victim) -> run.leaveGap(), (run, victim) -> {
        victim.out = victim.channel.publish();
        victim.send(1);
    });

    private final BiConsumer<RingRun, RingProcess> preparation;
    private final BiConsumer<RingRun, RingProcess> program;

    RingScenario(BiConsumer<RingRun, RingProcess> preparation, BiConsumer<RingRun, RingProcess> program) {
        this.preparation = preparation;
        this.program = program;
    }

    void prepare(RingRun run, RingProcess victim) {
        preparation.accept(run, victim);
    }

    void play(RingRun run, RingProcess victim) {
        program.accept(run, victim);
    }
}
