#include "loop.h"

#include "fail.h"

#include <errno.h>
#include <time.h>

#define STALLED_NS 10000000000
#define POLL_MS    100

int64_t loop_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

void loop_open(loop_t *loop) {
    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->fd < 0)
        fail_errno("epoll_create1");
}

static void control(loop_t *loop, int operation, source_t *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};

    if (epoll_ctl(loop->fd, operation, source->fd, &event) < 0)
        fail_errno("epoll_ctl");
}

void loop_watch(loop_t *loop, source_t *source, uint32_t events) {
    control(loop, EPOLL_CTL_ADD, source, events);
}

void loop_change(loop_t *loop, source_t *source, uint32_t events) {
    control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_forget(loop_t *loop, source_t *source) {
    control(loop, EPOLL_CTL_DEL, source, 0);
}

/* Returns whether there was anything. */
static int handle(loop_t *loop, int timeout_ms) {
    int count = epoll_wait(loop->fd, loop->events, LOOP_BATCH, timeout_ms);

    if (count < 0 && errno != EINTR)
        fail_errno("epoll_wait");
    for (int i = 0; i < count; i++) {
        source_t *source = loop->events[i].data.ptr;
        source->ready(source, loop->events[i].events);
    }
    return count > 0;
}

void loop_turn(loop_t *loop) {
    int64_t started = 0; /* the clock is read only when there was nothing to do */

    while (!handle(loop, POLL_MS)) {
        int64_t now = loop_now();
        if (started == 0)
            started = now;
        else if (now - started > STALLED_NS)
            fail("the server has not answered for ten seconds");
    }
}

void loop_rest(loop_t *loop, int64_t ns) {
    int64_t end = loop_now() + ns;

    for (int64_t now = loop_now(); now < end; now = loop_now())
        (void) handle(loop, (int) ((end - now + 999999) / 1000000));
}
