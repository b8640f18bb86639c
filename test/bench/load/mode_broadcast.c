/* broadcast: one client publishes a burst, all receive it, then the next burst. */
#include "bench.h"
#include "crowd.h"
#include "exchange.h"
#include "fail.h"

typedef struct broadcast_s {
    bench_t *bench;
    crowd_t crowd;
    exchange_t exchange;
    int receivers; /* those that read: the first ones of the crowd */
    int missing;   /* receivers that have not got the whole burst */
    int64_t sent_at;
} broadcast_t;

static void on_piece(client_t *client, const frame_piece_t *piece) {
    broadcast_t *broadcast = client->setup->user.mode;

    if (exchange_take(&broadcast->exchange, client, piece))
        broadcast->missing--;
}

static void publish(broadcast_t *broadcast) {
    const exchange_t *exchange = &broadcast->exchange;

    for (int i = 0; i < broadcast->receivers; i++)
        broadcast->crowd.clients[i].due = (unsigned) exchange->depth;
    broadcast->missing = broadcast->receivers;
    broadcast->sent_at = loop_now();
    client_send(&broadcast->crowd.clients[0], exchange->batch, exchange->batch_size);
}

static void work(void *mode) {
    broadcast_t *broadcast = mode;
    int64_t deliveries = (int64_t) broadcast->receivers * broadcast->exchange.depth;

    do {
        publish(broadcast);
        while (broadcast->missing > 0)
            loop_turn(&broadcast->bench->loop);
        bench_count(broadcast->bench, deliveries, broadcast->sent_at);
    } while (!bench_over(broadcast->bench));
}

/* The slow ones read nothing from here on; what becomes of them is the server's affair. */
static void stop_reading(broadcast_t *broadcast) {
    for (int i = broadcast->receivers; i < broadcast->crowd.count; i++)
        loop_forget(&broadcast->bench->loop, &broadcast->crowd.clients[i].source);
}

void mode_broadcast(bench_t *bench) {
    static broadcast_t broadcast;
    const args_t *args = &bench->args;

    if (args->slow >= args->connections)
        fail("--slow: at least one connection has to read");
    broadcast.bench = bench;
    broadcast.receivers = args->connections - args->slow;
    exchange_init(&broadcast.exchange, EXCHANGE_BROADCAST, args->size, args->depth);
    crowd_init(&broadcast.crowd, &bench->loop, args->port, false, args->connections, args->window);
    broadcast.crowd.setup.user.on_piece = on_piece;
    broadcast.crowd.setup.user.mode = &broadcast;
    crowd_open(&broadcast.crowd);
    stop_reading(&broadcast);
    bench_measure(bench, work, &broadcast);
}
