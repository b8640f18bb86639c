#include "eio/session.h"
#include "base/utf8.h"
#include "eio/absence.h"
#include "eio/engine.h"
#include "eio/events.h"
#include "eio/heartbeat.h"
#include "eio/payload.h"
#include "eio/upgrade.h"
#include <stdlib.h>
#include <string.h>

const eio__dialect_t eio__dialects[] = {
    [EIO__DIALECT_V4] = {4, 1, EIO__SEPARATOR},
    [EIO__DIALECT_V3] = {3, 0, -1},
    [EIO__DIALECT_V2] = {2, 0, -1},
    [EIO__DIALECT_V09] = {1, 0, -1},
};

/* --- life ------------------------------------------------------------------------------------- */

eio_socket_t *eio__socket_new(eio_server_t *server, const char *id, const sio__head_t *head,
                              unsigned dialect) {
    size_t size = strlen(id) + 1;
    eio_socket_t *socket = malloc(offsetof(eio_socket_t, id) + size + sio__kept_size(head));
    if (socket == NULL)
        return NULL;
    memset(socket, 0, offsetof(eio_socket_t, id));
    socket->server = server;
    socket->dialect = dialect & 3u;
    socket->refs = 1;
    memcpy(socket->id, id, size);
    sio__kept_write(socket->id + size, head);
    if (sio__idmap_add(&server->sessions, socket) < 0) {
        free(socket);
        return NULL;
    }
    return socket;
}

void eio__socket_set_base64(eio_socket_t *socket, int base64) {
    socket->binary = base64                               ? EIO__BINARY_TEXT
                     : socket->dialect == EIO__DIALECT_V4 ? EIO__BINARY_PLAIN
                                                          : EIO__BINARY_TYPED;
}

void eio__socket_ref(eio_socket_t *socket) {
    socket->refs++;
}

void eio__socket_unref(eio_socket_t *socket) {
    if (--socket->refs == 0)
        free(socket);
}

void eio__socket_end(eio_socket_t *socket, sio_reason_t reason) {
    eio_server_t *server = socket->server;
    if (socket->state == EIO__STATE_CLOSED)
        return;
    socket->state = EIO__STATE_CLOSED;
    sio__log(&server->loop->log, SIO_LOG_DEBUG, "engine", "session %s: %s", socket->id,
             sio_reason_string(reason));
    eio__heartbeat_stop(socket);
    sio__idmap_remove(&server->sessions, socket);
    eio__upgrade_abandon(socket);
    if (socket->transport != NULL) /* else it never got one */
        socket->transport->drop(socket, reason);
    eio__absence_set(socket, 0);
    socket->carrier = NULL;
    if (socket->told) {
        server->counters.closed[reason]++;
        eio__tell(socket, &(eio_event_t){.type = EIO_EVENT_CLOSE, .reason = reason});
        server->user->close(socket, reason);
    }
    socket->server = NULL;
    eio__socket_unref(socket);
    eio__server_left(server);
}

void eio__socket_finish(eio_socket_t *socket) {
    eio__socket_end(socket, socket->failing ? (sio_reason_t) socket->reason
                                            : SIO_REASON_FORCED_CLOSE);
}

/* Takes the first of those that wait, with the reference; there is one. */
static eio_socket_t *next_deferred(eio_server_t *server) {
    eio_socket_t *socket = server->turn_first;
    server->turn_first = socket->turn_next;
    if (server->turn_first == NULL)
        server->turn_last = &server->turn_first;
    socket->deferred = 0;
    return socket;
}

/* One at a time: what it calls may free the server. */
static void turn_end(sio__deferred_t *deferred) {
    eio_server_t *server = (eio_server_t *) ((char *) deferred - offsetof(eio_server_t, turn));
    eio_socket_t *socket = next_deferred(server);
    if (server->turn_first != NULL)
        sio__loop_defer(server->loop, &server->turn, turn_end);
    if (socket->state != EIO__STATE_CLOSED) {
        if (socket->failing)
            eio__socket_finish(socket);
        else
            socket->transport->turn_end(socket);
    }
    eio__socket_unref(socket);
}

void eio__socket_defer(eio_socket_t *socket) {
    eio_server_t *server = socket->server;
    if (socket->deferred || socket->state == EIO__STATE_CLOSED)
        return;
    eio__socket_ref(socket);
    socket->deferred = 1;
    socket->turn_next = NULL;
    *server->turn_last = socket;
    server->turn_last = &socket->turn_next;
    sio__loop_defer(server->loop, &server->turn, turn_end);
}

void eio__socket_undefer_all(eio_server_t *server) {
    sio__loop_undefer(server->loop, &server->turn);
    while (server->turn_first != NULL)
        eio__socket_unref(next_deferred(server));
}

/* --- packets ---------------------------------------------------------------------------------- */

/* Nonzero if the session is still open. */
static int told_packet(eio_socket_t *socket, const eio__packet_t *packet) {
    eio__socket_ref(socket);
    eio__tell_packet(socket, EIO_EVENT_PACKET, packet->type, packet->data, packet->length,
                     packet->binary);
    if (packet->type == (eio__socket_dialect(socket)->server_pings ? EIO__PONG : EIO__PING) &&
        socket->state == EIO__STATE_OPEN)
        eio__tell_that(socket, EIO_EVENT_HEARTBEAT);
    int open = socket->state == EIO__STATE_OPEN;
    eio__socket_unref(socket);
    return open;
}

/* One side asks, the other answers; without what may have come with the question [V1]. */
static void on_heartbeat(eio_socket_t *socket, eio__packet_type_t type) {
    int asked = type == EIO__PING;
    if (asked == eio__socket_dialect(socket)->server_pings) {
        sio__tell(socket->server->loop, SIO__TOLD_SESSION, SIO_LOG_WARN, "engine",
                  "session %s: invalid heartbeat direction", socket->id);
        eio__socket_end(socket, SIO_REASON_TRANSPORT_ERROR); /* [E71] */
        return;
    }
    if (!asked || !eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_PACKET_CREATE,
                                                         .packet = EIO__PONG}))
        return;
    socket->server->counters.packets_out++;
    if (socket->transport->packet(socket, EIO__PONG, NULL, 0) < 0)
        eio__socket_fail(socket, SIO_REASON_TRANSPORT_ERROR);
}

void eio__socket_packet(eio_socket_t *socket, const eio__packet_t *packet) {
    if (socket->state != EIO__STATE_OPEN)
        return;
    eio_server_t *server = socket->server;
    server->counters.packets_in++;
    if (server->watch != NULL && !told_packet(socket, packet))
        return;
    eio__heartbeat_packet(socket, packet->type);
    if (packet->type == EIO__MESSAGE) {
        if (packet->binary)
            server->user->binary(socket, packet->data, packet->length, server->user_data);
        else
            server->user->message(socket, packet->data, packet->length, server->user_data);
    } else if (packet->type == EIO__PING || packet->type == EIO__PONG) {
        on_heartbeat(socket, packet->type);
    }
}

void eio__socket_drained(eio_socket_t *socket) {
    if (socket->state != EIO__STATE_OPEN || !socket->server->tells_drain || !socket->told)
        return;
    if (eio__tell_open(socket, &(eio_event_t){.type = EIO_EVENT_DRAIN}) &&
        socket->server->user->drain != NULL)
        socket->server->user->drain(socket);
}

int eio__socket_cast(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    if (socket->state != EIO__STATE_OPEN)
        return SIO_ECLOSED;
    return socket->transport->send(socket, messages, count);
}

int eio__socket_send(eio_socket_t *socket, eio__message_t *messages, size_t count) {
    if (socket->state != EIO__STATE_OPEN)
        return SIO_ECLOSED;
    eio_server_t *server = socket->server;
    if (server->watch != NULL && !eio__tell_messages(socket, messages, count))
        return SIO_ECLOSED;
    server->counters.packets_out += count;
    return socket->transport->send(socket, messages, count);
}

/* --- closing ---------------------------------------------------------------------------------- */

static void begin_closing(eio_socket_t *socket) {
    socket->state = EIO__STATE_CLOSING;
    eio__heartbeat_closing(socket);
    eio__socket_defer(socket);
}

void eio__socket_fail(eio_socket_t *socket, sio_reason_t reason) {
    if (socket->state == EIO__STATE_CLOSED || socket->failing)
        return;
    socket->failing = 1;
    socket->reason = (unsigned) reason & 15u;
    begin_closing(socket);
}

void eio_socket_close(eio_socket_t *socket, int discard) {
    if (discard)
        eio__socket_end(socket, SIO_REASON_FORCED_CLOSE);
    else if (socket->state == EIO__STATE_OPEN)
        begin_closing(socket);
}

/* --- accessors -------------------------------------------------------------------------------- */

eio_server_t *eio__socket_server(const eio_socket_t *socket) {
    return socket->server;
}

const sio__kept_t *eio__socket_handshake(const eio_socket_t *socket) {
    return (const sio__kept_t *) (socket->id + strlen(socket->id) + 1);
}

int eio__socket_open(const eio_socket_t *socket) {
    return socket->state == EIO__STATE_OPEN;
}

int eio__socket_writable(const eio_socket_t *socket) {
    return socket->state == EIO__STATE_OPEN && socket->transport->writable(socket);
}

const char *eio_socket_id(const eio_socket_t *socket) {
    return socket->id;
}

const char *eio_socket_transport(const eio_socket_t *socket) {
    return eio__transport_text(socket->transport->name);
}

int eio_socket_protocol(const eio_socket_t *socket) {
    return eio__socket_dialect(socket)->protocol;
}

int eio_socket_upgraded(const eio_socket_t *socket) {
    return socket->upgraded;
}

const char *eio_socket_state(const eio_socket_t *socket) {
    static const char *const states[] = {"open", "closing", "closed"};
    return states[socket->state];
}

const char *eio_socket_address(const eio_socket_t *socket) {
    return sio__kept_address(eio__socket_handshake(socket));
}

sio_http_request_t *eio_socket_request(const eio_socket_t *socket) {
    const eio_server_t *server = socket->server;
    return server != NULL && server->post_socket == socket ? server->post_request : NULL;
}

size_t eio_socket_buffered(const eio_socket_t *socket) {
    return socket->state == EIO__STATE_CLOSED ? 0 : socket->transport->buffered(socket);
}

int eio_socket_send(eio_socket_t *socket, const char *text, size_t length) {
    eio__message_t message;
    if (socket->state != EIO__STATE_OPEN)
        return SIO_ECLOSED;
    if (!sio__utf8_valid(text, length))
        return SIO_EUTF8;
    int rc = eio__message_text(socket->server->loop->scratch, text, length, &message);
    return rc < 0 ? rc : eio__socket_send(socket, &message, 1);
}

int eio_socket_send_binary(eio_socket_t *socket, const void *data, size_t length) {
    eio__message_t message;
    if (socket->state != EIO__STATE_OPEN)
        return SIO_ECLOSED;
    int rc = eio__message_binary(socket->server->loop->scratch, data, length, &message);
    return rc < 0 ? rc : eio__socket_send(socket, &message, 1);
}
