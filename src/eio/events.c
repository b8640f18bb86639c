#include "eio/events.h"

int eio__tell_messages(eio_socket_t *socket, const eio__message_t *messages, size_t count) {
    eio__socket_ref(socket);
    for (size_t i = 0; i < count && socket->state == EIO__STATE_OPEN; i++) {
        int binary;
        size_t length;
        const void *data = eio__message_data(&messages[i], &binary, &length);
        eio__tell_packet(socket, EIO_EVENT_PACKET_CREATE, EIO__MESSAGE, data, length, binary);
    }
    /* Where a poll takes it, that is when it leaves. */
    if (socket->state == EIO__STATE_OPEN && socket->transport->name != EIO__POLLING)
        eio__tell_that(socket, EIO_EVENT_FLUSH);
    int open = socket->state == EIO__STATE_OPEN;
    eio__socket_unref(socket);
    return open;
}

void eio_server_on_event(eio_server_t *server, eio_event_cb cb, void *data) {
    server->watch = cb;
    server->watch_data = data;
    server->tells_drain = cb != NULL || server->user->drain != NULL;
}
