/*
 * A server on the network in memory (test/memory) for as long as one input takes, and a client
 * that feeds it with bytes, whole or cut anywhere: what the application sees and the client gets
 * must not depend on that.
 */
#ifndef TEST_FUZZ_WIRE_H
#define TEST_FUZZ_WIRE_H

#include "fuzz.h"
#include "memory/network.h"
#include <sio.h>

enum { WIRE_STEP_MS = 10 }; /* passes when the bytes have come, and once more */

typedef struct {
    uv_loop_t *loop; /* one for all inputs */
    sio_server_t *server;
    size_t heap; /* before there was a server */
    size_t said, heard; /* bytes, of all clients */
    int in_one_turn; /* however the bytes are cut: where the turn's end decides something */
    sio__buf_t log; /* the application's */
    sio__buf_t out; /* what the client has got */
    void *data;     /* the program's */
} wire_t;

void wire_open(wire_t *wire, const sio_options_t *options);
/* A client comes, says all that, and goes. `cuts` NULL: in one piece. */
void wire_talk(wire_t *wire, const void *data, size_t size, fuzz_cuts_t *cuts);
/* Frees the server, and checks that it has left nothing. Log and output stay. */
void wire_close(wire_t *wire);
/* Both have seen the same. */
void wire_compare(const wire_t *one, const wire_t *other);
void wire_free(wire_t *wire);

/* The loop, for programs whose client is another one. */
uv_loop_t *wire_loop(void);
/* Runs the loop until the handles of a server that was freed are closed. */
void wire_drain(uv_loop_t *loop);

#endif
