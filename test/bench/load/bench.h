/* One run: what all modes share. */
#ifndef LOAD_BENCH_H
#define LOAD_BENCH_H

#include "args.h"
#include "histogram.h"
#include "loop.h"
#include "probe.h"

#include <stddef.h>

#define MAX_CYCLES 1000

typedef struct bench_s {
    args_t args;
    loop_t loop;
    probe_t probe;
    bool measuring; /* false while warming up */
    bool over;      /* no new work from now on */
    int64_t looked; /* when `over` was decided the last time */
    int64_t ends_cpu, ends_wall;
    int64_t started_cpu, started_own_cpu, started_wall;

    /* The result. */
    int64_t messages;
    int64_t cpu_ns, own_cpu_ns, wall_ns;
    histogram_t times; /* of batches */
    memory_t before, after;
    size_t handshake_size;      /* of a client's request */
    int64_t cycles[MAX_CYCLES]; /* resident bytes after each */
} bench_t;

/* The modes. Each fills in the result. */
void mode_echo(bench_t *bench); /* echo, ack, binary */
void mode_broadcast(bench_t *bench);
void mode_polling(bench_t *bench);
void mode_churn(bench_t *bench);
void mode_open(bench_t *bench);
void mode_idle(bench_t *bench);
void mode_rooms(bench_t *bench); /* rooms, room-emit */

/* Warms up, then measures: calls `work` for each of the two. `work` begins no more when
 * bench_over() says so, and returns when all that it began is complete: so the CPU time belongs to
 * whole messages. */
void bench_measure(bench_t *bench, void (*work)(void *mode), void *mode);
bool bench_over(bench_t *bench);
/* Around one piece of work, by hand. */
void bench_start(bench_t *bench);
void bench_stop(bench_t *bench);
/* Counts replies and, if `began` is not 0, the time since then. */
void bench_count(bench_t *bench, int64_t messages, int64_t began);

/* Resident bytes of the server once they have stopped to change, or after two seconds. */
memory_t bench_settled_memory(bench_t *bench);

#endif
