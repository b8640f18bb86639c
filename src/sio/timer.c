#include "sio/timer.h"
#include <stdlib.h>

struct sio_timer_s {
    sio__deadline_t deadline; /* first */
    sio__core_t *core;
    sio_socket_t *socket; /* the owner; NULL: the server */
    sio_timer_t *prev, *next, **list; /* of the owner */
    union {
        sio_socket_cb socket;
        sio_server_cb server;
    } cb;
    void *data;
    uint64_t ms;
    uint8_t repeat;
    uint8_t running; /* its callback is: it goes afterwards */
    uint8_t stopped;
};

static void unlink_timer(sio_timer_t *timer) {
    if (timer->prev != NULL)
        timer->prev->next = timer->next;
    else
        *timer->list = timer->next;
    if (timer->next != NULL)
        timer->next->prev = timer->prev;
}

void sio_timer_stop(sio_timer_t *timer) {
    if (timer == NULL || timer->stopped)
        return;
    timer->stopped = 1;
    sio__deadline_disarm(&timer->core->deadlines, &timer->deadline);
    unlink_timer(timer);
    if (!timer->running)
        free(timer);
}

void sio__timer_stop_all(sio_timer_t **list) {
    while (*list != NULL)
        sio_timer_stop(*list);
}

static void call(sio_timer_t *timer) {
    sio_socket_t *socket = timer->socket;
    if (socket == NULL) {
        timer->cb.server(timer->core->server, timer->data);
        return;
    }
    sio_socket_ref(socket);
    timer->cb.socket(socket, timer->data);
    sio_socket_unref(socket);
}

static void run(sio__deadline_t *deadline) {
    sio_timer_t *timer = (sio_timer_t *) deadline;
    if (timer->repeat) {
        /* From when it was due, so that it does not drift; a beat that was missed is not made
         * up for. There is room: it was in the heap until now. */
        uint64_t now = uv_now(timer->core->loop->uv), next = deadline->due + timer->ms;
        sio__deadline_arm_at(&timer->core->deadlines, deadline,
                             next > now ? next : now + timer->ms);
    }
    timer->running = 1;
    call(timer);
    timer->running = 0;
    if (timer->stopped)
        free(timer);
    else if (!timer->repeat)
        sio_timer_stop(timer);
}

static sio_timer_t *timer_new(sio__core_t *core, sio_timer_t **list, uint64_t ms, int repeat) {
    sio_timer_t *timer = calloc(1, sizeof(*timer));
    if (timer == NULL)
        return NULL;
    timer->deadline.run = run;
    timer->core = core;
    timer->ms = ms > 0 ? ms : 1;
    timer->repeat = repeat != 0;
    if (sio__deadline_arm(&core->deadlines, &timer->deadline, timer->ms) < 0) {
        free(timer);
        return NULL;
    }
    timer->list = list;
    timer->next = *list;
    if (timer->next != NULL)
        timer->next->prev = timer;
    *list = timer;
    return timer;
}

sio_timer_t *sio__timer_new(sio__core_t *core, uint64_t ms, int repeat, sio_server_cb cb,
                            void *data) {
    if (cb == NULL || core->closing)
        return NULL;
    sio_timer_t *timer = timer_new(core, &core->timers, ms, repeat);
    if (timer != NULL) {
        timer->cb.server = cb;
        timer->data = data;
    }
    return timer;
}

static sio_timer_t *for_socket(sio_socket_t *socket, uint64_t ms, int repeat, sio_socket_cb cb,
                               void *data) {
    if (socket == NULL || cb == NULL || socket->state == SIO__SOCKET_CLOSED ||
        sio__socket_more(socket) < 0)
        return NULL;
    sio_timer_t *timer = timer_new(socket->nsp->core, &socket->more->timers, ms, repeat);
    if (timer != NULL) {
        timer->socket = socket;
        timer->cb.socket = cb;
        timer->data = data;
    }
    return timer;
}

sio_timer_t *sio_socket_every(sio_socket_t *socket, uint64_t ms, sio_socket_cb cb, void *data) {
    return for_socket(socket, ms, 1, cb, data);
}

sio_timer_t *sio_socket_after(sio_socket_t *socket, uint64_t ms, sio_socket_cb cb, void *data) {
    return for_socket(socket, ms, 0, cb, data);
}
