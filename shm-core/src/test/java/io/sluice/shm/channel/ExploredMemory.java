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
        Words all = mapped.words();
        long tail = all.longVolatile(ChannelLayout.TAIL);
        return TailBias.isBias(tail)
                ? all.longVolatile(ChannelLayout.producer(TailBias.entry(tail), ChannelLayout.BIAS_END))
                : tail;
    }

    /** Of a dead process, which never closes its channel. */
    void unmap() {
        mapped.release();
    }

    @Override
    HotMemory hot(UnsafeBuffer part) {
        return new ExploredHotMemory(part);
    }

    private final class ExploredHotMemory extends HotMemory {
        private final int base;

        ExploredHotMemory(UnsafeBuffer part) {
            super(part);
            this.base = part.wrapAdjustment();
        }

        private void before(String what, long offset) {
            schedule.step(what + " " + (base + offset));
        }

        @Override
        long getLong(long offset) {
            before("load", offset);
            return super.getLong(offset);
        }

        @Override
        long getLongOpaque(long offset) {
            before("load", offset);
            return super.getLongOpaque(offset);
        }

        @Override
        long getLongAcquire(long offset) {
            before("load", offset);
            return super.getLongAcquire(offset);
        }

        @Override
        long getLongVolatile(long offset) {
            before("load", offset);
            return super.getLongVolatile(offset);
        }

        @Override
        int getIntOpaque(long offset) {
            before("load", offset);
            return super.getIntOpaque(offset);
        }

        @Override
        int getIntAcquire(long offset) {
            before("load", offset);
            return super.getIntAcquire(offset);
        }

        @Override
        void putLong(long offset, long value) {
            before("store", offset);
            super.putLong(offset, value);
        }

        @Override
        void putLongRelease(long offset, long value) {
            before("store", offset);
            super.putLongRelease(offset, value);
        }

        @Override
        boolean compareAndSetLong(long offset, long expected, long value) {
            before("cas", offset);
            return super.compareAndSetLong(offset, expected, value);
        }
    }

    private final class ExploredWords extends Words {
        ExploredWords(ByteBuffer buffer) {
            super(buffer);
        }

        private void before(String what, long offset) {
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
