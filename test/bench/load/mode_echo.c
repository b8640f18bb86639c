/* echo, ack, binary: every client sends a batch when all replies to the one before are there. */
#include "bench.h"
#include "crowd.h"
#include "exchange.h"

#include <string.h>

typedef struct echo_s {
    bench_t *bench;
    crowd_t crowd;
    exchange_t exchange;
    int busy; /* clients whose replies are not all there */
} echo_t;

static void send_batch(echo_t *echo, client_t *client) {
    client->due = (unsigned) echo->exchange.depth;
    client->sent_at = loop_now();
    client_send(client, echo->exchange.batch, echo->exchange.batch_size);
}

static void on_piece(client_t *client, const frame_piece_t *piece) {
    echo_t *echo = client->setup->user.mode;

    if (!exchange_take(&echo->exchange, client, piece))
        return;
    bench_count(echo->bench, echo->exchange.depth, client->sent_at);
    if (bench_over(echo->bench))
        echo->busy--;
    else
        send_batch(echo, client);
}

static void work(void *mode) {
    echo_t *echo = mode;

    for (int i = 0; i < echo->crowd.count; i++)
        send_batch(echo, &echo->crowd.clients[i]);
    echo->busy = echo->crowd.count;
    while (echo->busy > 0)
        loop_turn(&echo->bench->loop);
}

static exchange_kind_t kind_of(const args_t *args) {
    if (args->raw)
        return EXCHANGE_RAW;
    if (strcmp(args->mode, "ack") == 0)
        return EXCHANGE_ACK;
    return strcmp(args->mode, "binary") == 0 ? EXCHANGE_BINARY : EXCHANGE_ECHO;
}

void mode_echo(bench_t *bench) {
    static echo_t echo;
    const args_t *args = &bench->args;

    echo.bench = bench;
    exchange_init(&echo.exchange, kind_of(args), args->size, args->depth);
    crowd_init(&echo.crowd, &bench->loop, args->port, args->raw, args->connections, args->window);
    echo.crowd.setup.user.on_piece = on_piece;
    echo.crowd.setup.user.mode = &echo;
    crowd_open(&echo.crowd);
    bench_measure(bench, work, &echo);
}
