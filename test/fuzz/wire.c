#include "wire.h"

enum { CLOSING_TURNS = 100, LINGER_MS = 3000 };

/* Descriptors cost more than all the rest, so there is one loop. */
uv_loop_t *wire_loop(void) {
    static uv_loop_t loop;
    static int begun;
    if (!begun)
        CHECK(uv_loop_init(&loop) == 0);
    begun = 1;
    return &loop;
}

void wire_open(wire_t *wire, const sio_options_t *options) {
    *wire = (wire_t){.loop = wire_loop()};
    memory_restart(wire->loop);
    wire->heap = fuzz_heap();
    CHECK(sio_server_new(&wire->server, wire->loop, options) == 0);
}

static void say(wire_t *wire, memory_peer_t *peer, const char *data, size_t size,
                fuzz_cuts_t *cuts) {
    while (size > 0) {
        size_t piece = cuts != NULL ? fuzz_cut(cuts, size) : size;
        if (memory_feed(peer, data, piece) < piece)
            break;
        if (cuts != NULL && !wire->in_one_turn && fuzz_random(&cuts->state) % 2 == 0)
            memory_end_turn(wire->server);
        data += piece;
        size -= piece;
    }
    memory_end_turn(wire->server);
}

static void let_pass(const wire_t *wire, uint64_t ms) {
    memory_run(wire->loop);
    memory_sleep(ms);
    memory_run(wire->loop);
    memory_run(wire->loop);
}

void wire_talk(wire_t *wire, const void *data, size_t size, fuzz_cuts_t *cuts) {
    size_t length;
    sio_stats_t stats = SIO_STATS_INIT;
    memory_peer_t *peer = memory_connect(wire->server);
    CHECK(peer != NULL);
    char *bytes = fuzz_exact(data, size);
    say(wire, peer, bytes, size, cuts);
    let_pass(wire, WIRE_STEP_MS);
    let_pass(wire, WIRE_STEP_MS);
    memory_feed_end(peer, UV_EOF);
    let_pass(wire, LINGER_MS);
    const unsigned char *output = memory_output(peer, &length);
    CHECK(sio__buf_append(&wire->out, output, length) == 0);
    CHECK(memory_closed(peer));
    memory_peer_free(peer);
    CHECK(sio_server_stats(wire->server, &stats) == 0 && stats.connections == 0);
    wire->said += size;
    wire->heard += length;
    CHECK(stats.bytes_in <= wire->said && stats.bytes_out == wire->heard);
    free(bytes);
}

void wire_drain(uv_loop_t *loop) {
    for (int i = 0; uv_loop_alive(loop); i++) {
        CHECK(i < CLOSING_TURNS);
        memory_run(loop);
    }
}

void wire_close(wire_t *wire) {
    static int warm; /* what others allocate once is there */
    size_t kept = wire->log.capacity + wire->out.capacity;
    sio_server_free(wire->server);
    wire_drain(wire->loop);
    if (warm)
        CHECK(fuzz_heap() == (fuzz_heap() > 0 ? wire->heap + kept : 0));
    warm = 1;
}

void wire_compare(const wire_t *one, const wire_t *other) {
    fuzz_compare(&one->log, &other->log);
    fuzz_compare(&one->out, &other->out);
}

void wire_free(wire_t *wire) {
    sio__buf_free(&wire->log);
    sio__buf_free(&wire->out);
}
