/* What the contenders in C that pass messages share: memory common to two processes, the payload, the percentiles. */
#ifndef PAIR_H
#define PAIR_H

#include "program.h"

#define PAYLOAD_WORDS 4                /* 32 bytes: sequence, stamp, and words that follow from both */
#define MAX_NANOS (16 * 1024 * 1024)   /* longer ones count as this */

/* One message in one cache line, and the line's neighbour left alone (the prefetcher fetches pairs). */
struct line {
    _Alignas(128) _Atomic uint32_t published; /* messages so far */
    uint64_t payload[PAYLOAD_WORDS];
};

static void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

static void encode(uint64_t *payload, uint64_t sequence, uint64_t stamp) {
    payload[0] = sequence;
    payload[1] = stamp;
    payload[2] = sequence + stamp + 16;
    payload[3] = sequence + stamp + 24;
}

/* Returns the stamp. */
static uint64_t check(const uint64_t *payload, uint64_t sequence) {
    uint64_t stamp = payload[1];
    uint64_t word = sequence + stamp;
    if (payload[0] != sequence || payload[2] != word + 16 || payload[3] != word + 24) {
        fprintf(stderr, "a message is not the one that was sent: expectedSequence=%llu sequence=%llu\n",
                (unsigned long long)sequence, (unsigned long long)payload[0]);
        exit(1);
    }
    return stamp;
}

static void *shared(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    return memory;
}

static uint32_t counts[MAX_NANOS + 1];
static uint64_t recorded;

static void record(int64_t nanos) {
    counts[nanos < 0 ? 0 : nanos > MAX_NANOS ? MAX_NANOS : nanos]++;
    recorded++;
}

static void forget(void) {
    memset(counts, 0, sizeof counts);
    recorded = 0;
}

static void report(const char *name, double part) {
    uint64_t seen = 0;
    int nanos = 0;
    while (nanos < MAX_NANOS && seen + counts[nanos] < part * recorded) {
        seen += counts[nanos++];
    }
    printf("%s\t%d\n", name, nanos);
}

static void report_latencies(void) {
    report("p50", 0.50);
    report("p99", 0.99);
}

#endif
