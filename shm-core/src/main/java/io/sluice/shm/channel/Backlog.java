package io.sluice.shm.channel;

/**
 * A subscription that has not yet received all messages, for people to read.
 *
 * @param pid of its process, in that one's PID namespace; not an identity
 * @param name of its process
 * @param stopped whether the process is stopped, by a signal or a debugger
 * @param lag what it has still to receive, bytes of the ring; at a publication that waits for room, the one with the
 *     largest lag holds it up
 */
public record Backlog(long pid, String name, boolean stopped, long lag) {}
