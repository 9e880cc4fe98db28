/* What the locks in C do: included once by each, behind its definitions of
 *     lock_type, create, lock_read, unlock_read, lock_write, unlock_write and
 *     lock_write_until, which returns 0 when the (real) time is over first.
 * The scenarios are those of the JVMs, step by step. */
#ifndef LOCK_H
#define LOCK_H

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>

#define NANOS_PER_MILLI 1000000LL
#define NANOS_PER_SECOND 1000000000LL

#define MOST_BATCH 256
#define LONG_BATCH_NANOS NANOS_PER_MILLI

#define HOLD_NANOS (100 * 1000)
#define PAUSE_NANOS (50 * NANOS_PER_MILLI)
#define STARVED_NANOS (5 * NANOS_PER_SECOND)
#define MEASURED_PARTS 15
#define MOST_READERS 4

#define SETTLE_NANOS (50 * NANOS_PER_MILLI)
#define NEVER_NANOS (2 * NANOS_PER_SECOND)
#define VICTIM_BYTES (40 << 20) /* about as much as a small JVM */
#define MOST_NEVERS 2

enum phase { WARM_UP, MEASURE, DONE };

struct memory {
    _Alignas(128) lock_type lock;
    _Alignas(128) uint64_t first; /* equal whenever nobody writes, and guarded by nothing but the lock */
    uint64_t second;
    _Alignas(128) _Atomic uint64_t writes; /* by those who have left, or were killed */
    _Alignas(128) _Atomic int ready;
    _Alignas(128) _Atomic int phase;
    _Alignas(128) _Atomic int stop;
    _Alignas(128) _Atomic int64_t asked; /* when the writer asked; 0 while it does not */
    _Alignas(128) _Atomic int held, go, asking, entered;
    _Atomic int64_t entered_at;
    _Atomic long resident_pages;
    _Alignas(128) struct {
        _Atomic uint64_t pairs;
        _Atomic int64_t nanos;
    } results[2];
};

static struct memory *memory;
static uint64_t own_writes;

static void map_memory(void) {
    int file = open("memory", O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0 || ftruncate(file, sizeof *memory) != 0) {
        fail("memory");
    }
    memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    close(file);
}

static void must(int error, const char *what) {
    if (error != 0) {
        errno = error;
        fail(what);
    }
}

static void sleep_nanos(int64_t nanos) {
    struct timespec time = {.tv_sec = nanos / NANOS_PER_SECOND, .tv_nsec = nanos % NANOS_PER_SECOND};
    nanosleep(&time, NULL);
}

/* The compiler must not know what the numbers were before. */
static uint64_t check_pair(void) {
    uint64_t first = *(volatile uint64_t *)&memory->first;
    uint64_t second = *(volatile uint64_t *)&memory->second;
    if (first != second) {
        fprintf(stderr, "a reader saw half of a write, the lock does not exclude\n");
        exit(1);
    }
    return first;
}

static void increment(void) {
    *(volatile uint64_t *)&memory->first = memory->first + 1;
    *(volatile uint64_t *)&memory->second = memory->second + 1;
    own_writes++;
}

static void read_pair(void) {
    lock_read(&memory->lock);
    check_pair();
    unlock_read(&memory->lock);
}

static int64_t write_pair(void) {
    lock_write(&memory->lock);
    int64_t entered = now_nanos();
    increment();
    unlock_write(&memory->lock);
    return entered;
}

static void write_only(void) {
    lock_write(&memory->lock);
    increment();
    unlock_write(&memory->lock);
}

static void count_writes(void) {
    atomic_fetch_add(&memory->writes, own_writes);
    own_writes = 0;
}

static void check_writes(void) {
    count_writes();
    if (memory->first != memory->writes || memory->second != memory->writes) {
        fprintf(stderr, "writes were lost, the lock does not exclude\n");
        exit(1);
    }
}

static void await_at_least(_Atomic int *word, int value) {
    while (atomic_load(word) < value) {
        sleep_nanos(NANOS_PER_MILLI);
    }
}

static void get_ready(int processes) {
    atomic_fetch_add(&memory->ready, 1);
    await_at_least(&memory->ready, processes);
}

/* ---- pairs: all lock and unlock as fast as they can */

/* Many pairs for one look at the clock, but no part of the measurement is missed by it. */
static int next_batch(int batch, int64_t nanos) {
    if (nanos > LONG_BATCH_NANOS) {
        return batch > 1 ? batch / 2 : 1;
    }
    return nanos < LONG_BATCH_NANOS / 4 && batch < MOST_BATCH ? batch * 2 : batch;
}

static void pair(int process, int processes, int writing, const struct arguments *arguments) {
    pin(arguments, process);
    get_ready(processes);
    int64_t start = now_nanos();
    int64_t before = start;
    uint64_t pairs = 0;
    int phase = WARM_UP;
    int batch = 1;
    while (phase != DONE) {
        for (int i = 0; i < batch; i++) {
            if (writing) {
                write_only();
            } else {
                read_pair();
            }
        }
        pairs += batch;
        int64_t now = now_nanos();
        batch = next_batch(batch, now - before);
        before = now;
        int64_t longest = phase == WARM_UP ? arguments->warm_up_nanos : arguments->measure_nanos;
        if (process == 0 && now - start > longest) {
            atomic_store(&memory->phase, phase + 1);
        }
        int next = atomic_load(&memory->phase);
        if (next != phase) {
            if (next == DONE) {
                /* One who waited from before the measured part to behind it made no pair in it. */
                memory->results[process].pairs = phase == MEASURE ? pairs : 0;
                memory->results[process].nanos = now - start;
            }
            start = now;
            pairs = 0;
            phase = next;
        }
    }
    count_writes();
}

static void pairs(int processes, int writing, const struct arguments *arguments) {
    pid_t child = processes == 2 ? fork_child() : 0;
    if (processes == 2 && child == 0) {
        pair(1, processes, writing, arguments);
        exit(0);
    }
    pair(0, processes, writing, arguments);
    if (processes == 2) {
        join(child);
    }
    double nanos = memory->results[0].nanos + memory->results[1].nanos;
    double count = memory->results[0].pairs + memory->results[1].pairs;
    printf("pair\t%f\n", nanos / count);
}

/* ---- waits, each known exactly; one that was cut short never ended */

static double *waits;
static int waited, nevers;

static void forget_waits(int most) {
    free(waits);
    waits = calloc(most, sizeof *waits);
    waited = nevers = 0;
}

static void add_wait(int64_t nanos) {
    waits[waited++] = nanos / 1000.0;
}

static void add_never(void) {
    waits[waited++] = INFINITY;
    nevers++;
}

static int compare(const void *left, const void *right) {
    double difference_left = *(const double *)left, difference_right = *(const double *)right;
    return (difference_left > difference_right) - (difference_left < difference_right);
}

static void report_wait(const char *name, double part) {
    int rank = (int)ceil(part * waited);
    double micros = waits[(rank < 1 ? 1 : rank) - 1];
    if (isinf(micros)) {
        printf("%s\tInfinity\n", name);
    } else {
        printf("%s\t%f\n", name, micros);
    }
}

static void report_waits(void) {
    qsort(waits, waited, sizeof *waits, compare);
    report_wait("p50", 0.50);
    report_wait("p99", 0.99);
    report_wait("max", 1);
}

/* ---- writer-wait: one process asks to write now and then, the others read all the time */

static int has_starved(int64_t asked) {
    return asked != 0 && now_nanos() - asked > STARVED_NANOS;
}

static void hold_read(void) {
    lock_read(&memory->lock);
    uint64_t before = check_pair();
    int64_t end = now_nanos() + HOLD_NANOS;
    for (int64_t left = HOLD_NANOS; left > 0; left = end - now_nanos()) {
        sleep_nanos(left);
    }
    if (check_pair() != before) {
        fprintf(stderr, "a writer got in beside a reader, the lock does not exclude\n");
        exit(1);
    }
    unlock_read(&memory->lock);
}

static void read_on(void) {
    while (!atomic_load(&memory->stop)) {
        hold_read();
        while (has_starved(atomic_load(&memory->asked))) {
            sleep_nanos(HOLD_NANOS);
        }
    }
}

static void ask(void) {
    sleep_nanos(PAUSE_NANOS);
    int64_t asked = now_nanos();
    atomic_store(&memory->asked, asked);
    int64_t wait = write_pair() - asked;
    atomic_store(&memory->asked, 0);
    if (wait > STARVED_NANOS) {
        add_never();
    } else {
        add_wait(wait);
    }
}

static void writer_wait(int readers, const struct arguments *arguments) {
    pid_t children[MOST_READERS];
    for (int i = 0; i < readers; i++) {
        children[i] = fork_child();
        if (children[i] == 0) {
            get_ready(readers + 1);
            read_on();
            exit(0);
        }
    }
    get_ready(readers + 1);
    forget_waits(1);
    ask();
    forget_waits(arguments->repetitions);
    int64_t start = now_nanos();
    int left = arguments->repetitions;
    do {
        ask();
        left--;
    } while (left > 0 && now_nanos() - start < MEASURED_PARTS * arguments->measure_nanos);
    atomic_store(&memory->stop, 1);
    for (int i = 0; i < readers; i++) {
        join(children[i]);
    }
    report_waits();
    printf("starved\t%f\n", 100.0 * nevers / waited);
}

/* ---- recovery: victims take the lock, one after another, and are killed; a process waits behind each to write */

/* On the line of resident pages; the first number is that of all pages. */
static long resident_pages(void) {
    long all, resident;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &all, &resident) != 2) {
        fail("/proc/self/statm");
    }
    fclose(file);
    return resident;
}

static void hold_for_ever(int number, int writing) {
    char *bytes = malloc(VICTIM_BYTES);
    if (bytes == NULL) {
        fail("malloc");
    }
    memset(bytes, number, VICTIM_BYTES);
    __asm__ volatile("" : : "r"(bytes) : "memory"); /* somebody may look */
    memory->resident_pages = resident_pages();
    if (writing) {
        lock_write(&memory->lock);
        increment();
    } else {
        lock_read(&memory->lock);
    }
    count_writes();
    atomic_store(&memory->held, number);
    while (1) {
        pause();
    }
}

static void outlive(void) {
    int victim = 0;
    while (!atomic_load(&memory->stop)) {
        if (atomic_load(&memory->go) == victim) {
            sleep_nanos(NANOS_PER_MILLI);
            continue;
        }
        victim++;
        struct timespec end;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec += (SETTLE_NANOS + NEVER_NANOS) / NANOS_PER_SECOND + 1;
        atomic_store(&memory->asking, victim);
        int in = lock_write_until(&memory->lock, &end);
        atomic_store(&memory->entered_at, in ? now_nanos() : 0);
        if (in) {
            increment();
            unlock_write(&memory->lock);
        }
        atomic_store(&memory->entered, victim);
    }
    count_writes();
}

static void kill_one(int number, int writing) {
    pid_t victim = fork_child();
    if (victim == 0) {
        hold_for_ever(number, writing);
    }
    await_at_least(&memory->held, number);
    atomic_store(&memory->go, number);
    await_at_least(&memory->asking, number);
    sleep_nanos(SETTLE_NANOS);
    if (atomic_load(&memory->entered) == number) {
        fprintf(stderr, "the lock was had beside its holder: victim=%d\n", number);
        exit(1);
    }
    int64_t killed = now_nanos();
    if (kill(victim, SIGKILL) != 0) {
        fail("kill");
    }
    await_at_least(&memory->entered, number);
    if (waitpid(victim, NULL, 0) != victim) {
        fail("waitpid");
    }
    if (memory->entered_at == 0) {
        add_never();
        create(&memory->lock); /* nothing else frees it */
    } else {
        add_wait(memory->entered_at - killed);
    }
}

static void recovery(int writing, const struct arguments *arguments) {
    pid_t waiter = fork_child();
    if (waiter == 0) {
        outlive();
        exit(0);
    }
    forget_waits(1);
    kill_one(1, writing);
    if (nevers == 0) {
        forget_waits(arguments->repetitions);
    }
    for (int number = 2; number <= 1 + arguments->repetitions && nevers < MOST_NEVERS; number++) {
        if (nevers > 0) {
            waits = realloc(waits, (waited + 1) * sizeof *waits);
        }
        kill_one(number, writing);
    }
    atomic_store(&memory->stop, 1);
    join(waiter);
    report_waits();
    printf("resident\t%f\n", memory->resident_pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20));
}

int main(int count, char **values) {
    struct arguments arguments = parse(count, values);
    const char *scenario = arguments.scenario;
    map_memory();
    create(&memory->lock);
    if (strcmp(scenario, "read-1p") == 0) {
        pairs(1, 0, &arguments);
    } else if (strcmp(scenario, "read-2p") == 0) {
        pairs(2, 0, &arguments);
    } else if (strcmp(scenario, "write-2p") == 0) {
        pairs(2, 1, &arguments);
    } else if (strcmp(scenario, "writer-wait-2r") == 0) {
        writer_wait(2, &arguments);
    } else if (strcmp(scenario, "writer-wait-4r") == 0) {
        writer_wait(4, &arguments);
    } else if (strcmp(scenario, "recovery-read") == 0) {
        recovery(0, &arguments);
    } else if (strcmp(scenario, "recovery-write") == 0) {
        recovery(1, &arguments);
    } else {
        fprintf(stderr, "no such scenario: %s\n", scenario);
        return 2;
    }
    check_writes();
    return 0;
}

#endif
