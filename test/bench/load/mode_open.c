/* open: the cost of opening connections that stay. idle: what they weigh. */
#include "bench.h"
#include "crowd.h"
#include "exchange.h"
#include "fail.h"

/* Before the memory is read for the first time, some clients come and go: the server's code and
 * the buffers that serve all connections are then resident. They are few, because what they leave
 * behind for reuse is missing from the difference. */
#define FIRST_COMERS 16

static void on_piece(client_t *client, const frame_piece_t *piece) {
    (void) client;
    fail("unexpected message: %.*s", (int) piece->size, (const char *) piece->data);
}

static void gather(crowd_t *crowd, bench_t *bench, int count) {
    const args_t *args = &bench->args;

    crowd_init(crowd, &bench->loop, args->port, args->raw, count, args->window);
    crowd->setup.user.on_piece = on_piece;
}

static void come_and_go(bench_t *bench, int count) {
    static crowd_t crowd;

    gather(&crowd, bench, count);
    crowd_open(&crowd);
    crowd_close(&crowd);
}

void mode_open(bench_t *bench) {
    static crowd_t crowd;

    come_and_go(bench, bench->args.window);
    gather(&crowd, bench, bench->args.connections);
    bench_start(bench);
    crowd_open(&crowd);
    bench_stop(bench);
    bench->messages = crowd.count;
}

void mode_idle(bench_t *bench) {
    static crowd_t crowd;

    come_and_go(bench, FIRST_COMERS);
    bench->before = bench_settled_memory(bench);
    gather(&crowd, bench, bench->args.connections);
    crowd_open(&crowd);
    bench->after = bench_settled_memory(bench);
    bench->handshake_size = crowd.setup.request_size;
    for (int i = 0; i < bench->args.cycles; i++) {
        if (i > 0)
            crowd_open(&crowd);
        crowd_close(&crowd);
        bench->cycles[i] = bench_settled_memory(bench).rss;
    }
}
