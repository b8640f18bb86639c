#include "eio/backlog.h"
#include "eio/held.h"
#include "eio/polling.h"
#include "eio/v09/v09.h"

enum { AT_ONCE = 64 };

/* What waits for a poll, or a moment; with a WebSocket it waits in the connection. */
static size_t backlog_of(const eio_socket_t *socket) {
    if (socket->transport == &eio__polling_transport)
        return ((const eio__polling_t *) socket->carrier)->queue.bytes;
    if (socket->transport == &eio__held_transport)
        return eio__held_transport.buffered(socket);
    if (socket->dialect == EIO__DIALECT_V09)
        return eio__v09_of(socket)->queue.bytes;
    return 0;
}

static size_t most(void *data) {
    eio_server_t *server = data;
    const eio_socket_t *socket;
    size_t cursor = 0, found = 0;
    server->backlog_cursor = 0;
    while ((socket = sio__idmap_next(&server->sessions, &cursor)) != NULL)
        if (backlog_of(socket) > found)
            found = backlog_of(socket);
    return found;
}

/* Whoever is told of an end may end others, or free the server: after a few it returns, to be
 * called again. It goes on where it was then; somebody who has been moved by new sessions meanwhile
 * may be left out, which the next turn will see. */
static size_t cut(size_t least, void *data) {
    eio_server_t *server = data;
    eio_socket_t *socket, *found[AT_ONCE];
    size_t count = 0;
    while (count < AT_ONCE &&
           (socket = sio__idmap_next(&server->sessions, &server->backlog_cursor)) != NULL)
        if (backlog_of(socket) >= least) {
            eio__socket_ref(socket);
            found[count++] = socket;
        }
    for (size_t i = 0; i < count; i++) {
        eio__socket_end(found[i], SIO_REASON_TRANSPORT_ERROR);
        eio__socket_unref(found[i]);
    }
    return count;
}

void eio__backlog_init(eio_server_t *server) {
    server->holder = (sio__holder_t){NULL, most, cut, server};
    sio__pressure_add(server->loop, &server->holder);
}

void eio__backlog_free(eio_server_t *server) {
    sio__pressure_remove(server->loop, &server->holder);
}
