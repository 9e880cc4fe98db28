package io.sluice.shm.channel;

import io.sluice.shm.memory.MappedFile;
import io.sluice.shm.memory.Words;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A ring's memory with a point of the schedule before each access to what is shared. */
final class ExploredMemory extends Ring.Memory {
    private final RingSchedule schedule;
    private MappedFile mapped;

    ExploredMemory(RingSchedule schedule) {
        this.schedule = schedule;
    }

    @Override
    Words words(MappedFile file) {
        mapped = file;
        return new ExploredWords(file.buffer());
    }

    /** Where the last claim of all ends; without a point. */
    long tail() {
        return mapped.words().longVolatile(ChannelLayout.TAIL);
    }

    @Override
    UnsafeBuffer buffer(MappedFile file, int offset, int length) {
        return new ExploredBuffer(file.buffer(), offset, length);
    }

    /** Reads and writes a message without points. */
    interface Peeking {
        long peek(int index);

        void poke(int index, long value);
    }

    /** The accesses that the ring's code makes. */
    private final class ExploredBuffer extends UnsafeBuffer implements Peeking {
        private final int base;

        ExploredBuffer(ByteBuffer buffer, int offset, int length) {
            super(buffer, offset, length);
            this.base = offset;
        }

        @Override
        public long peek(int index) {
            return super.getLong(index);
        }

        @Override
        public void poke(int index, long value) {
            super.putLong(index, value);
        }

        private void before(String what, int index) {
            schedule.step(what + " " + (base + index));
        }

        @Override
        public long getLong(int index) {
            before("load", index);
            return super.getLong(index);
        }

        @Override
        public int getInt(int index) {
            before("load", index);
            return super.getInt(index);
        }

        @Override
        public int getIntOpaque(int index) {
            before("load", index);
            return super.getIntOpaque(index);
        }

        @Override
        public long getLongAcquire(int index) {
            before("load", index);
            return super.getLongAcquire(index);
        }

        @Override
        public long getLongVolatile(int index) {
            before("load", index);
            return super.getLongVolatile(index);
        }

        @Override
        public void putLong(int index, long value) {
            before("store", index);
            super.putLong(index, value);
        }

        @Override
        public void putLongRelease(int index, long value) {
            before("store", index);
            super.putLongRelease(index, value);
        }

        @Override
        public boolean compareAndSetLong(int index, long expected, long value) {
            before("cas", index);
            return super.compareAndSetLong(index, expected, value);
        }
    }

    private final class ExploredWords extends Words {
        ExploredWords(ByteBuffer buffer) {
            super(buffer);
        }

        private void before(String what, int offset) {
            schedule.step(what + " " + offset);
        }

        @Override
        public long longOpaque(int offset) {
            before("load", offset);
            return super.longOpaque(offset);
        }

        @Override
        public long longAcquire(int offset) {
            before("load", offset);
            return super.longAcquire(offset);
        }

        @Override
        public void longRelease(int offset, long value) {
            before("store", offset);
            super.longRelease(offset, value);
        }

        @Override
        public void longVolatile(int offset, long value) {
            before("store", offset);
            super.longVolatile(offset, value);
        }

        @Override
        public boolean longCas(int offset, long expected, long value) {
            before("cas", offset);
            return super.longCas(offset, expected, value);
        }

        @Override
        public int intOpaque(int offset) {
            before("load", offset);
            return super.intOpaque(offset);
        }

        @Override
        public int intAcquire(int offset) {
            before("load", offset);
            return super.intAcquire(offset);
        }

        @Override
        public int intVolatile(int offset) {
            before("load", offset);
            return super.intVolatile(offset);
        }

        @Override
        public void intRelease(int offset, int value) {
            before("store", offset);
            super.intRelease(offset, value);
        }

        @Override
        public void intVolatile(int offset, int value) {
            before("store", offset);
            super.intVolatile(offset, value);
        }

        @Override
        public boolean intCas(int offset, int expected, int value) {
            before("cas", offset);
            return super.intCas(offset, expected, value);
        }

        @Override
        public int intExchange(int offset, int value) {
            before("exchange", offset);
            return super.intExchange(offset, value);
        }

        @Override
        public int intAdd(int offset, int delta) {
            before("add", offset);
            return super.intAdd(offset, delta);
        }
    }
}
