/* Two processes bounce a message in one cache line each way: what spinning can reach on this machine. */
#include "pair.h"

struct exchange {
    struct line ping, pong;
    _Atomic int stop;
};

static void send_message(struct line *line, uint32_t sequence, uint64_t stamp) {
    encode(line->payload, sequence, stamp);
    atomic_store_explicit(&line->published, sequence + 1, memory_order_release);
}

static uint64_t receive(struct line *line, uint32_t sequence) {
    while (atomic_load_explicit(&line->published, memory_order_acquire) != sequence + 1) {
        relax();
    }
    return check(line->payload, sequence);
}

static void answer(struct exchange *exchange) {
    uint32_t sequence = 0;
    do {
        uint64_t stamp = receive(&exchange->ping, sequence);
        send_message(&exchange->pong, sequence, stamp);
        sequence++;
    } while (!atomic_load_explicit(&exchange->stop, memory_order_relaxed));
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

int main(int count, char **values) {
    struct arguments arguments = parse(count, values);
    struct exchange *exchange = shared(sizeof *exchange);
    pid_t child = fork_child();
    if (child == 0) {
        pin(&arguments, 0);
        answer(exchange);
        return 0;
    }
    pin(&arguments, 1);
    uint32_t sequence = ask(exchange, 0, arguments.warm_up_nanos);
    forget();
    sequence = ask(exchange, sequence, arguments.measure_nanos);
    report_latencies();
    atomic_store(&exchange->stop, 1);
    send_message(&exchange->ping, sequence, 0);
    join(child);
    return 0;
}
