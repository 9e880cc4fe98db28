package io.sluice.benchmarks;

/** How many processes there are on either side of a scenario. */
enum Shape {
    PAIR(1, 1),
    /** One stream between two processes, to see what a channel of many producers costs who is alone on it. */
    SOLO(1, 1),
    MERGE(2, 1),
    BROADCAST(1, 2);

    final int producers;
    final int consumers;

    Shape(int producers, int consumers) {
        this.producers = producers;
        this.consumers = consumers;
    }

    int count(Role role) {
        return role == Role.PRODUCER ? producers : consumers;
    }

    /** The processes cannot have a CPU each on the size of machine that this is for. */
    boolean isCrowd() {
        return producers + consumers > Role.values().length;
    }
}
