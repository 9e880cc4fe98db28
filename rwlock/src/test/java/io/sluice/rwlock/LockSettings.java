package io.sluice.rwlock;

/**
 * Which lock a {@link Site} opens, as it can be sent to another JVM: no part holds a space.
 *
 * @param place where locks of that name lie: a directory, an address; up to the implementation
 * @param name of the lock
 * @param readersAfter as in {@link HeapReadWriteLock#HeapReadWriteLock(String, int)}
 * @param counters file of the {@link Counters} that the lock guards
 * @param virtual whether the actors are virtual threads
 */
public record LockSettings(String place, String name, int readersAfter, String counters, boolean virtual) {
    String toLine() {
        return String.join(" ", place, name, String.valueOf(readersAfter), counters, String.valueOf(virtual));
    }

    static LockSettings parse(String line) {
        String[] words = line.split(" ", -1);
        return new LockSettings(
                words[0], words[1], Integer.parseInt(words[2]), words[3], Boolean.parseBoolean(words[4]));
    }
}
