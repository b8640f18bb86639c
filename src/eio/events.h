/* Telling those who watch the engine [E82]: a look at a pointer where nobody does. */
#ifndef SIO__EIO_EVENTS_H
#define SIO__EIO_EVENTS_H

#include "eio/engine.h"

static inline void eio__tell(eio_socket_t *socket, const eio_event_t *event) {
    const eio_server_t *server = socket->server;
    if (server->watch != NULL)
        server->watch(socket, event, server->watch_data);
}

static inline void eio__tell_that(eio_socket_t *socket, eio_event_type_t type) {
    if (socket->server->watch != NULL)
        eio__tell(socket, &(eio_event_t){.type = type});
}

/* The same; nonzero if the session is open afterwards, which may have ended in it, with its
 * memory. */
static inline int eio__tell_open(eio_socket_t *socket, const eio_event_t *event) {
    if (socket->server->watch == NULL)
        return socket->state == EIO__STATE_OPEN;
    eio__socket_ref(socket);
    eio__tell(socket, event);
    int open = socket->state == EIO__STATE_OPEN;
    eio__socket_unref(socket);
    return open;
}

static inline void eio__tell_packet(eio_socket_t *socket, eio_event_type_t type,
                                    eio__packet_type_t packet, const void *data, size_t length,
                                    int binary) {
    if (socket->server->watch != NULL)
        eio__tell(socket, &(eio_event_t){.type = type,
                                         .packet = (int) packet,
                                         .data = data,
                                         .length = length,
                                         .binary = binary});
}

/* Messages on their way out: each is made, then they are handed over. Nonzero if the session is
 * still open. */
int eio__tell_messages(eio_socket_t *socket, const eio__message_t *messages, size_t count);

#endif
