/* churn: connect, join the namespace, one echo, leave; each client over and over again. */
#include "bench.h"
#include "client.h"
#include "dial.h"
#include "exchange.h"
#include "fail.h"

typedef struct churn_s {
    bench_t *bench;
    client_setup_t setup;
    exchange_t exchange;
    client_t *clients;
    int busy;
} churn_t;

static void begin_life(churn_t *churn, client_t *client) {
    client_connect(client, &churn->setup);
    client->sent_at = loop_now();
}

static void on_ready(client_t *client) {
    churn_t *churn = client->setup->user.mode;

    client->due = 1;
    client_send(client, churn->exchange.batch, churn->exchange.batch_size);
}

static void on_piece(client_t *client, const frame_piece_t *piece) {
    churn_t *churn = client->setup->user.mode;

    if (exchange_take(&churn->exchange, client, piece))
        client_leave(client);
}

static void on_left(client_t *client) {
    churn_t *churn = client->setup->user.mode;

    bench_count(churn->bench, 1, client->sent_at);
    if (bench_over(churn->bench))
        churn->busy--;
    else
        begin_life(churn, client);
}

static void work(void *mode) {
    churn_t *churn = mode;

    churn->busy = churn->bench->args.connections;
    for (int i = 0; i < churn->busy; i++)
        begin_life(churn, &churn->clients[i]);
    while (churn->busy > 0)
        loop_turn(&churn->bench->loop);
}

void mode_churn(bench_t *bench) {
    static churn_t churn;
    const args_t *args = &bench->args;

    churn.bench = bench;
    dial_allow(args->connections);
    churn.clients = allocate((size_t) args->connections, sizeof *churn.clients);
    exchange_init(&churn.exchange, args->raw ? EXCHANGE_RAW : EXCHANGE_ECHO, args->size, 1);
    client_setup_init(&churn.setup, &bench->loop, args->port, args->raw);
    churn.setup.user = (client_user_t){on_ready, on_piece, on_left, NULL, &churn};
    bench_measure(bench, work, &churn);
}
