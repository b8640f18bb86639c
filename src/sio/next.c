#include "sio/next.h"
#include <stdlib.h>

static void reclaim(sio__deferred_t *deferred) {
    sio__nexts_t *nexts = (sio__nexts_t *) ((char *) deferred - offsetof(sio__nexts_t, reclaim));
    while (nexts->done != NULL) {
        sio_next_t *next = nexts->done;
        nexts->done = next->next;
        free(next);
    }
}

sio_next_t *sio__next_new(sio_socket_t *socket, size_t index) {
    sio__nexts_t *nexts = &socket->nsp->core->nexts;
    sio_next_t *next = calloc(1, sizeof(*next));
    if (next == NULL)
        return NULL;
    next->core = socket->nsp->core;
    next->socket = sio_socket_ref(socket);
    next->index = index;
    next->next = nexts->pending;
    if (next->next != NULL)
        next->next->prev = next;
    nexts->pending = next;
    return next;
}

void sio__next_done(sio_next_t *next) {
    sio__nexts_t *nexts = &next->core->nexts;
    if (next->prev != NULL)
        next->prev->next = next->next;
    else
        nexts->pending = next->next;
    if (next->next != NULL)
        next->next->prev = next->prev;
    next->done = 1;
    next->next = nexts->done;
    nexts->done = next;
    if (next->core->opened)
        sio__loop_defer(next->core->loop, &nexts->reclaim, reclaim);
}

void sio__next_free_all(sio__core_t *core) {
    while (core->nexts.pending != NULL) {
        sio_next_t *next = core->nexts.pending;
        sio__next_done(next);
        sio_event_unref(next->event);
        sio_socket_unref(next->socket);
    }
    reclaim(&core->nexts.reclaim);
}
