package io.sluice.shm.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.shm.Domain;
import io.sluice.shm.channel.RingSchedule.Actor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;

/** A process of an exploration: what it sends and receives. */
final class RingProcess {
    /** Looks for the dead, and does not sleep. */
    private static final Duration LOOK = Duration.ofNanos(1);

    private static final int[] LENGTHS = {8, 40, 104, 504, 1000};

    private final RingSchedule schedule;
    private final Domain domain;
    private final int number;
    private final Random random;
    final Actor actor;
    final Channel channel;
    private final ExploredMemory memory;
    final List<Long> received = new ArrayList<>();
    Publication out;
    Subscription in;
    /** Messages that were surely committed, and those that may have been. */
    int committed;

    int begun;
    int ends;

    RingProcess(RingRun run, String name, int number, Random random) throws IOException {
        this.schedule = run.schedule();
        this.domain = run.world().join();
        this.number = number;
        this.random = random;
        this.actor = new Actor(name, () -> RingWorld.die(domain));
        this.memory = new ExploredMemory(schedule);
        this.channel = Channel.named(run.name())
                .capacity(RingRun.CAPACITY)
                .memory(memory)
                .guard(new ExploredGuard(run.lock(), actor, schedule))
                .open(domain);
    }

    int number() {
        return number;
    }

    /** Where the last claim of all ends. */
    long tail() {
        return memory.tail();
    }

    Domain domain() {
        return domain;
    }

    /** When it is dead and its thread has ended. */
    void bury() {
        memory.unmap();
        RingWorld.bury(domain);
    }

    /** Its handles were prepared by one thread and are now used by another. */
    void handOver() {
        forgetUser(Publication.class, out);
        forgetUser(Subscription.class, in);
    }

    private static void forgetUser(Class<?> type, Object handle) {
        if (handle != null) {
            try {
                Field user = type.getDeclaredField("user");
                user.setAccessible(true);
                user.set(handle, null);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }
    }

    private int length() {
        return LENGTHS[random.nextInt(LENGTHS.length)];
    }

    private void encode(int index, int length, int message) {
        for (int i = 0; i < length; i += Long.BYTES) {
            out.buffer().putLong(index + i, value(number, message) + i);
        }
    }

    private static long value(int producer, int message) {
        return (long) producer << 32 | (long) message << 12;
    }

    private int claim(int count, int length) {
        while (true) {
            try {
                int index = count == 1 ? out.claim(length) : out.claimBatch(count, length);
                if (index < 0) {
                    index = count == 1 ? out.claim(length, LOOK) : out.claimBatch(count, length, LOOK);
                }
                if (index >= 0) {
                    schedule.progress();
                    return index;
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            schedule.pause();
        }
    }

    void send(int messages) {
        if (out == null) {
            out = channel.publish();
        }
        for (int i = 0; i < messages; i++) {
            int length = length();
            encode(claim(1, length), length, committed);
            begun++;
            out.commit();
            committed++;
        }
    }

    void sendBatch(int messages) {
        int length = 40;
        int index = claim(messages, length);
        for (int i = 0; i < messages; i++) {
            encode(index + i * Publication.stride(length), length, committed + i);
        }
        begun += messages;
        out.commit();
        committed += messages;
    }

    void abort() {
        int length = length();
        encode(claim(1, length), length, 0xFFFFF);
        out.abort();
    }

    /** A claim that is left open. */
    void claim() {
        claim(1, length());
    }

    /** One look; how many came. */
    int receive() {
        try {
            int count = in.receive(this::accept, 1 + random.nextInt(3), LOOK);
            if (count > 0) {
                schedule.progress();
            } else if (count < 0) {
                ends++;
            }
            return count;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void receiveAll() {
        int count;
        do {
            count = receive();
        } while (count > 0);
    }

    private void accept(DirectBuffer buffer, int offset, int length, MessageHeader header) {
        long value = buffer.getLong(offset);
        for (int i = 0; i < length; i += Long.BYTES) {
            assertThat(buffer.getLong(offset + i)).as("whole").isEqualTo(value + i);
        }
        received.add(value);
    }

    @Override
    public String toString() {
        return actor + ", committed=" + committed + ", received=" + received.size();
    }
}
