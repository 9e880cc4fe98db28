/* Two processes that sleep on shared futexes: what blocking can reach on this machine. */
#include "pair.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#define WARM_UP_MESSAGES 10000
#define WARM_UP_PAUSE_NANOS 20000
#define MIN_PAUSE_NANOS 5000000
#define MAX_PAUSE_NANOS 20000000

struct exchange {
    struct line ping, pong;
    _Atomic int stop;
};

static void send_message(struct line *line, uint32_t sequence, uint64_t stamp) {
    encode(line->payload, sequence, stamp);
    atomic_store(&line->published, sequence + 1);
    if (syscall(SYS_futex, &line->published, FUTEX_WAKE, 1, NULL, NULL, 0) < 0) {
        fail("FUTEX_WAKE");
    }
}

static uint64_t receive(struct line *line, uint32_t sequence) {
    while (atomic_load(&line->published) == sequence) {
        if (syscall(SYS_futex, &line->published, FUTEX_WAIT, sequence, NULL, NULL, 0) < 0 && errno != EAGAIN
            && errno != EINTR) {
            fail("FUTEX_WAIT");
        }
    }
    return check(line->payload, sequence);
}

static void answer(struct exchange *exchange) {
    uint32_t sequence = 0;
    do {
        uint64_t stamp = receive(&exchange->ping, sequence);
        send_message(&exchange->pong, sequence, stamp);
        sequence++;
    } while (!atomic_load(&exchange->stop));
}

static uint32_t ask(struct exchange *exchange, uint32_t sequence, int64_t nanos) {
    int64_t start = now_nanos();
    int64_t end = start + nanos;
    while (start < end) {
        send_message(&exchange->ping, sequence, start);
        receive(&exchange->pong, sequence);
        sequence++;
        int64_t now = now_nanos();
        record(now - start);
        start = now;
    }
    return sequence;
}

static void ping_pong(struct exchange *exchange, const struct arguments *arguments) {
    uint32_t sequence = ask(exchange, 0, arguments->warm_up_nanos);
    forget();
    sequence = ask(exchange, sequence, arguments->measure_nanos);
    report_latencies();
    atomic_store(&exchange->stop, 1);
    send_message(&exchange->ping, sequence, 0);
}

static void pause_nanos(long nanos) {
    struct timespec time = {.tv_sec = 0, .tv_nsec = nanos};
    nanosleep(&time, NULL);
}

/* Nothing but "published" tells the receiver to read, so a message may only follow when the last one was read. */
static void send_rarely(struct exchange *exchange, int wakes) {
    unsigned short seed[3] = {1, 2, 3};
    for (int i = 0; i < WARM_UP_MESSAGES + wakes; i++) {
        long pause = MIN_PAUSE_NANOS + nrand48(seed) % (MAX_PAUSE_NANOS - MIN_PAUSE_NANOS);
        pause_nanos(i < WARM_UP_MESSAGES ? WARM_UP_PAUSE_NANOS : pause);
        while (atomic_load(&exchange->pong.published) != (uint32_t)i) {
            relax();
        }
        send_message(&exchange->ping, i, now_nanos());
    }
}

static void receive_rarely(struct exchange *exchange, int wakes) {
    for (int i = 0; i < WARM_UP_MESSAGES + wakes; i++) {
        if (i == WARM_UP_MESSAGES) {
            forget();
        }
        int64_t stamp = receive(&exchange->ping, i);
        record(now_nanos() - stamp);
        atomic_store(&exchange->pong.published, i + 1);
    }
    report_latencies();
}

int main(int count, char **values) {
    struct arguments arguments = parse(count, values);
    int wake_idle = strcmp(arguments.scenario, "wake-idle") == 0;
    struct exchange *exchange = shared(sizeof *exchange);
    pid_t child = fork_child();
    if (child == 0) {
        pin(&arguments, 0);
        if (wake_idle) {
            send_rarely(exchange, arguments.repetitions);
        } else {
            answer(exchange);
        }
        return 0;
    }
    pin(&arguments, 1);
    if (wake_idle) {
        receive_rarely(exchange, arguments.repetitions);
    } else {
        ping_pong(exchange, &arguments);
    }
    join(child);
    return 0;
}
