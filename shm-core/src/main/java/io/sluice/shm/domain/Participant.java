package io.sluice.shm.domain;

/**
 * A participant, for people to read.
 *
 * @param slot in the domain's table
 * @param incarnation of the slot, from 1
 * @param pid in the PID namespace of the participant; not an identity
 * @param name of the process
 * @param state as the kernel tells
 */
public record Participant(int slot, long incarnation, long pid, String name, State state) {
    /** Whether it lives. */
    public enum State {
        ALIVE,
        /** Alive, and stopped by a signal or a debugger. Nothing is taken from it. */
        STOPPED,
        DEAD
    }

    @Override
    public String toString() {
        return "pid=" + pid + ", name=" + name + ", slot=" + slot + ", incarnation=" + incarnation + ", state=" + state;
    }
}
