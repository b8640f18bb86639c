/* An epoll loop. */
#ifndef LOAD_LOOP_H
#define LOAD_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_BATCH 1024

/* A descriptor and what to do when it is ready. Stands first in the struct that owns it. */
typedef struct source_s source_t;
struct source_s {
    int fd;
    void (*ready)(source_t *source, uint32_t events);
};

typedef struct loop_s {
    int fd;
    struct epoll_event events[LOOP_BATCH];
} loop_t;

int64_t loop_now(void); /* nanoseconds of CLOCK_MONOTONIC */

void loop_open(loop_t *loop);
void loop_watch(loop_t *loop, source_t *source, uint32_t events);
void loop_change(loop_t *loop, source_t *source, uint32_t events);
void loop_forget(loop_t *loop, source_t *source);
/* Waits until something is ready and handles it. Fails when nothing comes for ten seconds. */
void loop_turn(loop_t *loop);
/* Handles what comes within `ns` nanoseconds, if anything. */
void loop_rest(loop_t *loop, int64_t ns);

#endif
