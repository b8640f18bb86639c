/* polling: every client sends a POST with a batch and the GET that brings the echoes, then the next
 * two when both are answered. */
#include "bench.h"
#include "dial.h"
#include "exchange.h"
#include "fail.h"
#include "poller.h"

#include <string.h>

typedef struct polling_s {
    bench_t *bench;
    poller_setup_t setup;
    poller_t *pollers;
    int count;
    int ready;
    int busy;
} polling_t;

static void on_ready(poller_t *poller) {
    polling_t *polling = poller->setup->mode;
    polling->ready++;
}

static void begin_round(poller_t *poller) {
    poller->sent_at = loop_now();
    poller_round(poller);
}

static void on_round(poller_t *poller) {
    polling_t *polling = poller->setup->mode;

    bench_count(polling->bench, poller->setup->depth, poller->sent_at);
    if (bench_over(polling->bench))
        polling->busy--;
    else
        begin_round(poller);
}

static void work(void *mode) {
    polling_t *polling = mode;

    polling->busy = polling->count;
    for (int i = 0; i < polling->count; i++)
        begin_round(&polling->pollers[i]);
    while (polling->busy > 0)
        loop_turn(&polling->bench->loop);
}

static void make_bodies(poller_setup_t *setup, const args_t *args) {
    exchange_t exchange;

    exchange_init(&exchange, EXCHANGE_ECHO, args->size, 1);
    setup->depth = (unsigned) args->depth;
    setup->reply = (const char *) exchange.reply[0].payload;
    setup->reply_size = exchange.reply[0].length;
    setup->batch_size = setup->depth * (setup->reply_size + 1) - 1;

    char *body = allocate(PONG_SPACE + setup->batch_size + 1, 1);
    memcpy(body, PONG, PONG_SPACE);
    setup->batch = body += PONG_SPACE;
    for (unsigned i = 0; i < setup->depth; i++) {
        memcpy(body, setup->reply, setup->reply_size);
        body[setup->reply_size] = PONG[1];
        body += setup->reply_size + 1;
    }
}

static void open_all(polling_t *polling, int window) {
    int started = 0;

    while (polling->ready < polling->count) {
        while (started < polling->count && started - polling->ready < window)
            poller_open(&polling->pollers[started++], &polling->setup);
        loop_turn(&polling->bench->loop);
    }
}

void mode_polling(bench_t *bench) {
    static polling_t polling;
    const args_t *args = &bench->args;

    dial_allow(2 * args->connections);
    polling.bench = bench;
    polling.count = args->connections;
    polling.pollers = allocate((size_t) polling.count, sizeof *polling.pollers);
    make_bodies(&polling.setup, args);
    polling.setup.loop = &bench->loop;
    polling.setup.port = args->port;
    polling.setup.on_ready = on_ready;
    polling.setup.on_round = on_round;
    polling.setup.mode = &polling;
    open_all(&polling, args->window);
    bench_measure(bench, work, &polling);
}
