package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One run: the victim, a producer that lives, and two subscribers, on a ring of their own whose end is near. */
final class RingRun {
    static final int CAPACITY = 4096;
    private static final int SURVIVORS_MESSAGES = 4;
    private static final String KEEPS_THE_TAIL = ", keeps the tail";

    private final RingWorld world;
    private final RingScenario scenario;
    private final RingSchedule schedule;
    private final Random random;
    private final String name;
    private final ExploredGuard.Lock lock = new ExploredGuard.Lock();
    private final List<RingProcess> all = new ArrayList<>();
    private final RingProcess victim;
    private final RingProcess producer;
    private final List<RingProcess> readers;
    private boolean isProducerLate;
    private boolean isProducerLeaving;

    RingRun(RingWorld world, RingScenario scenario, long order, boolean isRandom) throws IOException {
        this.world = world;
        this.scenario = scenario;
        this.schedule = new RingSchedule(world.threads(), order, isRandom);
        this.random = new Random(order);
        this.name = world.nextName();
        this.victim = process("victim");
        this.producer = process("producer");
        this.readers = List.of(process("first"), process("second"));
    }

    private RingProcess process(String processName) throws IOException {
        RingProcess process = new RingProcess(this, processName, 1 + all.size(), new Random(random.nextLong()));
        all.add(process);
        return process;
    }

    RingWorld world() {
        return world;
    }

    RingSchedule schedule() {
        return schedule;
    }

    String name() {
        return name;
    }

    ExploredGuard.Lock lock() {
        return lock;
    }

    // ------------------------------------------------------------ for scenarios

    /** It publishes again when it sends; if the victim is dead by then, the stream has ended once. */
    void makeTheProducerComeLate() {
        producer.out.close();
        producer.out = null;
        isProducerLate = true;
    }

    /** When it has sent; with it the stream ends, unless the victim stays longer. */
    void makeTheProducerLeave() {
        isProducerLeaving = true;
    }

    RingProcess producer() {
        return producer;
    }

    void sendUntilItKeepsTheTail(RingProcess sender) {
        for (int i = 0; i < CAPACITY && !sender.channel.describe().contains(KEEPS_THE_TAIL); i++) {
            assertThat(sender.out.claim(Long.BYTES)).isPositive();
            sender.out.abort();
            readers.forEach(RingProcess::receive);
        }
        assertThat(sender.channel.describe()).contains(KEEPS_THE_TAIL);
    }

    /** No message of the scenarios has room any more. */
    void fillRing() {
        while (producer.out.claim(Long.BYTES) >= 0) {
            producer.out.abort();
        }
    }

    /** One that died in a claim, with a message behind it. */
    void leaveGap() {
        try {
            RingProcess dead = process("predecessor");
            dead.out = dead.channel.publish();
            dead.claim();
            dead.actor.die();
            producer.send(1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    void receiveSomeAndLeave(RingProcess reader) {
        while (reader.received.size() < 2 && !isQuiet(reader)) {
            if (reader.receive() <= 0) {
                schedule.pause();
            }
        }
        reader.in.close();
    }

    // ------------------------------------------------------------ the run

    /** Whether the victim came to its point. */
    boolean explore(int point, int rescuer, int rescuerPoint) throws IOException {
        producer.out = producer.channel.publish();
        for (RingProcess reader : readers) {
            reader.in = reader.channel.subscribe();
        }
        moveToTheEnd();
        scenario.prepare(this, victim);
        victim.actor.meetFate(point);
        if (rescuer >= 0) {
            readers.get(rescuer).actor.meetFate(rescuerPoint);
        }
        all.forEach(RingProcess::handOver);
        schedule.start(victim.actor, () -> scenario.play(this, victim));
        schedule.start(producer.actor, this::produce);
        for (RingProcess reader : readers) {
            schedule.start(reader.actor, () -> receiveAll(reader));
        }
        schedule.run();
        all.forEach(RingProcess::handOver);
        check();
        closeDown();
        return victim.actor.isDead();
    }

    /** The next frames come to the ring's end somewhere, or just at it. */
    private void moveToTheEnd() {
        int units = CAPACITY / Frame.ALIGNMENT - random.nextInt(40);
        for (int i = 0; i < units; i += 2) {
            producer.out.claim(units - i == 1 ? 0 : Frame.ALIGNMENT);
            producer.out.abort();
            if (i % 32 == 0) {
                readers.forEach(RingProcess::receive);
            }
        }
        readers.forEach(RingProcess::receive);
    }

    private void produce() {
        producer.send(SURVIVORS_MESSAGES);
        if (isProducerLeaving) {
            producer.out.close();
            producer.out = null;
        }
    }

    private void receiveAll(RingProcess reader) {
        while (!isQuiet(reader)) {
            if (reader.receive() <= 0) {
                schedule.pause();
            }
        }
    }

    /** Nobody will send, and what was sent is received. */
    private boolean isQuiet(RingProcess reader) {
        return producer.actor.hasEnded()
                && (victim.actor.hasEnded() || victim == reader)
                && reader.in.position() == reader.tail();
    }

    private void check() {
        RingProcess last = null;
        for (RingProcess reader : readers) {
            if (!reader.actor.isDead()) {
                checkEnds(reader);
                checkSequence(reader);
                if (last != null) {
                    assertThat(reader.received).as("one order for all").isEqualTo(last.received);
                }
                last = reader;
            }
        }
    }

    private void checkEnds(RingProcess reader) {
        if (isProducerLeaving) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5); // the pause of a recovery may have to pass
            while (reader.ends == 0 && System.nanoTime() < deadline) {
                reader.receive();
            }
            assertThat(reader.ends)
                    .as("all have left: %s%s", reader, schedule.report())
                    .isEqualTo(1);
        } else {
            assertThat(reader.ends).as("a producer lives: %s", reader).isLessThanOrEqualTo(isProducerLate ? 1 : 0);
        }
    }

    private void checkSequence(RingProcess reader) {
        Map<Long, Integer> next = new HashMap<>();
        for (long value : reader.received) {
            int message = (int) value >>> 12;
            if (message != next.merge(value >>> 32, 1, Integer::sum) - 1) {
                throw new AssertionError("lost, repeated or out of order: producer=" + (value >>> 32) + ", message="
                        + message + ", reader=" + reader + schedule.report());
            }
        }
        for (RingProcess process : all) {
            int received = next.getOrDefault((long) process.number(), 0);
            if (received < process.committed || received > process.begun) {
                throw new AssertionError("lost: received=" + received + ", sender=" + process + ", reader=" + reader
                        + schedule.report());
            }
        }
    }

    /** The pause of a recovery may have to pass first. */
    private void awaitNothingLeft(RingProcess reader) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        String state = reader.channel.describe();
        while (state.contains("state=DEAD") || state.contains("claimed and not committed")) {
            assertThat(System.nanoTime())
                    .as("nothing is left of the dead: %s", state)
                    .isLessThan(deadline);
            LockSupport.parkNanos(100_000);
            reader.receive();
            state = reader.channel.describe();
        }
    }

    /** After a failure: the memberships are not used again. */
    void abandon() {
        all.stream().filter(process -> !process.actor.isDead()).forEach(process -> process.actor.die());
    }

    /** Nothing is left of the dead: everything goes on as if they had not been. */
    private void closeDown() throws IOException {
        List<RingProcess> living =
                readers.stream().filter(reader -> !reader.actor.isDead()).toList();
        int before = living.isEmpty() ? 0 : living.get(0).received.size();
        for (int i = 0; i < 40; i++) {
            producer.send(1);
            living.forEach(RingProcess::receiveAll);
        }
        for (RingProcess reader : living) {
            assertThat(reader.received).hasSize(before + 40);
            awaitNothingLeft(reader);
        }
        for (RingProcess process : all) {
            if (!process.actor.isDead()) {
                process.channel.close();
                world.giveBack(process.domain());
            }
        }
        Channel.delete(producer.domain(), name);
        all.stream().filter(process -> process.actor.isDead()).forEach(RingProcess::bury);
    }
}
