/* What all contenders in C share: the command line, the clock, children. */
#ifndef PROGRAM_H
#define PROGRAM_H

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

#define LONGEST_RUN_SECONDS 120

struct arguments {
    const char *scenario;
    int64_t warm_up_nanos, measure_nanos;
    int repetitions; /* of what is measured one by one */
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
        fprintf(stderr, "usage: %s SCENARIO WARM_UP_MS MEASURE_MS REPETITIONS pinned|free\n", values[0]);
        exit(2);
    }
    struct arguments arguments = {
        .scenario = values[1],
        .warm_up_nanos = atoll(values[2]) * 1000000,
        .measure_nanos = atoll(values[3]) * 1000000,
        .repetitions = atoi(values[4]),
        .pinned = strcmp(values[5], "pinned") == 0,
    };
    return arguments;
}

/* Forks; the child dies with its parent, and both end in bounded time. */
static pid_t fork_child(void) {
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
        fprintf(stderr, "a child failed: status=%d\n", status);
        exit(1);
    }
}

#endif
