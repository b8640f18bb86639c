/* What is measured. */
#ifndef TEST_GUARD_SCENARIOS_H
#define TEST_GUARD_SCENARIOS_H

#include "client.h"

typedef struct bench_s bench_t;

typedef struct {
    const char *name;
    const char *unit;       /* what the instructions are divided by */
    unsigned units;         /* of them in a round */
    unsigned warm, rounds;  /* rounds before, and in the measurement */
    unsigned size;          /* of the argument */
    unsigned burst;         /* messages that arrive in one read */
    unsigned members;       /* who gets a broadcast */
    void (*open)(bench_t *bench);
    void (*round)(bench_t *bench);
} scenario_t;

extern const scenario_t scenarios[]; /* ends with one without a name */

struct bench_s {
    const scenario_t *scenario;
    uv_loop_t *loop;
    sio_server_t *server;
    memory_peer_t **peers;
    size_t count, capacity;
    const char *event;       /* what the clients send */
    text_t in, out;          /* what is said in a round, and the answer */
    text_t poll, ok;         /* of polling: the GET, and the answer to the POST */
};

/* The application, as its author would write it. */
void application(sio_server_t *server);
/* Keeps a connection to the end. */
void bench_add(bench_t *bench, memory_peer_t *peer);

#endif
