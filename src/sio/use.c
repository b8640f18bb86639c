#include "sio/use.h"
#include "sio/dispatch.h"
#include "sio/next.h"
#include <sio/error.h>
#include <sio/listeners.h>
#include <stdlib.h>

static int is_live(const sio_socket_t *socket) {
    return sio__socket_is_connected(socket) && !socket->ending;
}

/* The listeners are called when the middlewares have returned, not by the last of them [S27]. */
static void finish(sio_socket_t *socket, sio_event_t *event) {
    if (is_live(socket))
        sio__dispatch_listeners(socket, event);
}

static void run(sio_socket_t *socket, sio_event_t *event, size_t index, size_t count,
                sio__pass_t *pass) {
    if (index == count) {
        pass->passed = 1;
        return;
    }
    sio__event_use_t use = socket->more->uses[index];
    sio_next_t *next = sio__next_new(socket, index);
    if (next == NULL) {
        sio__tell(socket->nsp->core->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "socket",
                  "socket %s: out of memory, an event is lost", socket->id);
        return;
    }
    next->event = sio_event_ref(event);
    next->count = count;
    next->pass = pass;
    use.cb(socket, event, next, use.data);
    next->pass = NULL; /* it is there until the turn ends at least */
}

/* The caller holds references. */
static void start(sio_socket_t *socket, sio_event_t *event, size_t index, size_t count) {
    sio__pass_t pass = {0};
    run(socket, event, index, count, &pass);
    if (pass.passed)
        finish(socket, event);
}

void sio__use_event(sio_socket_t *socket, sio_event_t *event) {
    event = sio_event_ref(event);
    if (event == NULL) {
        sio__tell(socket->nsp->core->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "socket",
                  "socket %s: out of memory, an event is lost", socket->id);
        return;
    }
    start(socket, event, 0, socket->more->use_count);
    sio_event_unref(event);
}

static int release(const sio_next_t *next, int rc) {
    sio_event_unref(next->event);
    sio_socket_unref(next->socket);
    return rc;
}

int sio__use_next(sio_next_t *next) {
    sio__next_done(next);
    if (!is_live(next->socket))
        return release(next, SIO_ECLOSED);
    if (next->pass != NULL)
        run(next->socket, next->event, next->index + 1, next->count, next->pass);
    else
        start(next->socket, next->event, next->index + 1, next->count);
    return release(next, 0);
}

int sio__use_error(sio_next_t *next, const char *message, const json_t *data) {
    sio__next_done(next);
    if (!is_live(next->socket))
        return release(next, SIO_ECLOSED);
    if (message != NULL && sio__dispatch_error(next->socket, message, data) == 0)
        sio__tell(next->core->loop, SIO__TOLD_EVENT, SIO_LOG_ERROR, "socket",
                  "socket %s: missing error handler: %s", next->socket->id, message);
    return release(next, 0);
}

int sio_socket_use(sio_socket_t *socket, sio_event_use_cb cb, void *data) {
    if (socket == NULL || cb == NULL)
        return SIO_EINVAL;
    if (socket->state == SIO__SOCKET_CLOSED)
        return SIO_ECLOSED;
    if (sio__socket_more(socket) < 0)
        return SIO_ENOMEM;
    sio__more_t *more = socket->more;
    sio__event_use_t *uses = realloc(more->uses, (more->use_count + 1) * sizeof(*uses));
    if (uses == NULL)
        return SIO_ENOMEM;
    uses[more->use_count++] = (sio__event_use_t){cb, data};
    more->uses = uses;
    socket->has_uses = 1;
    return 0;
}
