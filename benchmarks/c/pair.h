/* What the contenders in C share: memory common to two processes, the payload, the clock, the percentiles. */
#ifndef PAIR_H
#define PAIR_H

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_WORDS 4                /* 32 bytes: sequence, stamp, and words that follow from both */
#define MAX_NANOS (16 * 1024 * 1024)   /* longer ones count as this */
#define LONGEST_RUN_SECONDS 60

/* One message in one cache line, and the line's neighbour left alone (the prefetcher fetches pairs). */
struct line {
    _Alignas(128) _Atomic uint32_t published; /* messages so far */
    uint64_t payload[PAYLOAD_WORDS];
};

struct arguments {
    const char *scenario;
    int64_t warm_up_nanos, measure_nanos;
    int wakes;
    int pinned;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_nanos(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

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

static void pin(const struct arguments *arguments, int cpu) {
    if (arguments->pinned) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) {
            fail("sched_setaffinity");
        }
    }
}

static struct arguments parse(int count, char **values) {
    if (count != 6) {
        fprintf(stderr, "usage: %s SCENARIO WARM_UP_MS MEASURE_MS WAKES pinned|free\n", values[0]);
        exit(2);
    }
    struct arguments arguments = {
        .scenario = values[1],
        .warm_up_nanos = atoll(values[2]) * 1000000,
        .measure_nanos = atoll(values[3]) * 1000000,
        .wakes = atoi(values[4]),
        .pinned = strcmp(values[5], "pinned") == 0,
    };
    return arguments;
}

static void *shared(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    return memory;
}

/* Forks; the child, which is the producer, dies with its parent, and both end in bounded time. */
static pid_t fork_producer(void) {
    alarm(LONGEST_RUN_SECONDS);
    pid_t child = fork();
    if (child < 0) {
        fail("fork");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(LONGEST_RUN_SECONDS);
    }
    return child;
}

static void join(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "the producer failed: status=%d\n", status);
        exit(1);
    }
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
