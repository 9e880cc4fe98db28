package io.sluice.rwlock;

import io.sluice.shm.memory.Words;

/**
 * A lock's words as one participant of an exploration sees them: before each access the schedule decides who goes on,
 * and whether this participant does. What lies after an access lies before the next one.
 *
 * <p>Processors keep stores back: with light fences the store of a thread's own lane stays in its buffer, unseen by
 * others, until the thread does anything else than look at the writers, or a writer has made its heavy fence.
 */
final class ExploringWords extends Words {
    private final CrashExplorerWorld world;
    private final CrashExplorerProcess process;
    private final CrashExplorerSchedule schedule;

    ExploringWords(CrashExplorerWorld world, CrashExplorerProcess process) {
        super(world.buffer());
        this.world = world;
        this.process = process;
        this.schedule = world.schedule();
    }

    private void before() {
        schedule.step();
        schedule.flushOwn();
    }

    private <T> T traced(String what, int offset, T value) {
        schedule.trace(what, offset, value);
        return value;
    }

    private void stored(int offset, long value) {
        traced("store", offset, value);
        if (offset == LockLayout.TOKEN) {
            world.tokenStored(process, value);
        } else if (offset == LockLayout.REVOKED && value == 1) {
            schedule.flushAll(); // that is what it says
        }
    }

    private void store(int offset, long value) {
        before();
        if (world.isBuffered(offset)) {
            traced("keep back", offset, value);
            schedule.buffer(offset, value);
        } else {
            super.longVolatile(offset, value);
            stored(offset, value);
        }
    }

    @Override
    public long longPlain(int offset) {
        before();
        return traced("load", offset, super.longPlain(offset));
    }

    @Override
    public long longOpaque(int offset) {
        before();
        return traced("load", offset, super.longOpaque(offset));
    }

    @Override
    public long longAcquire(int offset) {
        schedule.step();
        if (offset != LockLayout.WRITERS) {
            schedule.flushOwn();
        }
        return traced("load", offset, super.longAcquire(offset));
    }

    @Override
    public long longVolatile(int offset) {
        before();
        return traced("load", offset, super.longVolatile(offset));
    }

    @Override
    public void longPlain(int offset, long value) {
        store(offset, value);
    }

    @Override
    public void longRelease(int offset, long value) {
        store(offset, value);
    }

    @Override
    public void longVolatile(int offset, long value) {
        before();
        super.longVolatile(offset, value);
        stored(offset, value);
    }

    @Override
    public boolean longCas(int offset, long expected, long value) {
        before();
        return traced("cas to " + Long.toHexString(value), offset, super.longCas(offset, expected, value));
    }

    @Override
    public long longOr(int offset, long bits) {
        before();
        return traced("or " + Long.toHexString(bits), offset, super.longOr(offset, bits));
    }

    @Override
    public long longAnd(int offset, long bits) {
        before();
        return traced("and " + Long.toHexString(bits), offset, super.longAnd(offset, bits));
    }

    @Override
    public int intPlain(int offset) {
        before();
        return traced("load", offset, super.intPlain(offset));
    }

    @Override
    public int intOpaque(int offset) {
        before();
        return traced("load", offset, super.intOpaque(offset));
    }

    @Override
    public int intAcquire(int offset) {
        before();
        return traced("load", offset, super.intAcquire(offset));
    }

    @Override
    public int intVolatile(int offset) {
        before();
        return traced("load", offset, super.intVolatile(offset));
    }

    @Override
    public void intPlain(int offset, int value) {
        before();
        super.intVolatile(offset, value);
        stored(offset, value);
    }

    @Override
    public void intRelease(int offset, int value) {
        before();
        super.intVolatile(offset, value);
        stored(offset, value);
    }

    @Override
    public void intVolatile(int offset, int value) {
        before();
        super.intVolatile(offset, value);
        stored(offset, value);
    }

    @Override
    public boolean intCas(int offset, int expected, int value) {
        before();
        return traced("cas to " + value, offset, super.intCas(offset, expected, value));
    }

    @Override
    public int intExchange(int offset, int value) {
        before();
        return traced("exchange " + value, offset, super.intExchange(offset, value));
    }

    @Override
    public int intAdd(int offset, int delta) {
        before();
        return traced("add " + delta, offset, super.intAdd(offset, delta));
    }

    @Override
    public void bytesPlain(int offset, byte[] target) {
        before();
        super.bytesPlain(offset, target);
    }

    @Override
    public void putBytesPlain(int offset, byte[] source) {
        before();
        super.putBytesPlain(offset, source);
    }
}
