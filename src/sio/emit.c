#include "sio/emit.h"
#include "sio/ack.h"
#include "sio/message.h"
#include "sio/outgoing.h"
#include <sio/error.h>

static int is_open(const sio_socket_t *socket) {
    return socket->state != SIO__SOCKET_CLOSED &&
           eio__socket_open(sio__client_eio(socket->client));
}

/* What emitting needs to be possible; what the arguments steal is released if it is not. */
static int check(const sio_socket_t *socket, const sio__args_t *args) {
    if (socket != NULL && is_open(socket))
        return 0;
    sio__args_drop(args);
    return socket == NULL ? SIO_EINVAL : SIO_ECLOSED;
}

/* What may have to be sent again goes by way of the adapter, which keeps it [R6]. */
static int emit_recoverable(sio_socket_t *socket, const char *event, const sio__args_t *args,
                            uint32_t flags) {
    sio_targets_t targets = {.rooms = {socket->id, socket->id_length + 1}, .flags = flags};
    sio_socket_ref(socket); /* those who listen may do anything */
    int rc = sio__cast(socket->nsp, &targets, event, args);
    sio_socket_unref(socket);
    return rc;
}

/* Where somebody hears what goes out, who may do anything meanwhile [S25]: the socket may be gone
 * behind a failure. */
static int encode_heard(sio__encoded_t *encoded, sio_socket_t *socket, int64_t id,
                        const char *event, const sio__args_t *args) {
    sio_message_t message;
    int rc = sio__message_event(&message, socket->nsp, NULL, id, event, args);
    if (rc < 0)
        return rc;
    if (id >= 0)
        socket->nsp->next_ack++; /* who hears it may ask, too */
    sio_socket_ref(socket);
    sio__outgoing_tell(socket, &message);
    rc = is_open(socket) ? 0 : SIO_ECLOSED;
    sio_socket_unref(socket);
    *encoded = message.encoded;
    if (encoded->messages == message.encoded.few)
        encoded->messages = encoded->few;
    return rc;
}

static int encode(sio__encoded_t *encoded, sio_socket_t *socket, int64_t id, const char *event,
                  const sio__args_t *args) {
    const sio__core_t *core = socket->nsp->core;
    if (sio__outgoing_heard(core))
        return encode_heard(encoded, socket, id, event, args);
    return sio__encode_event(encoded, &core->output, socket->nsp->name, id, event, args);
}

int sio__emit(sio_socket_t *socket, const char *event, const sio__args_t *args, uint32_t flags) {
    sio__encoded_t encoded;
    int rc = check(socket, args);
    if (rc < 0)
        return rc;
    if (socket->nsp->core->recovers && sio__socket_is_connected(socket))
        return emit_recoverable(socket, event, args, flags);
    rc = encode(&encoded, socket, -1, event, args);
    if (rc < 0 || ((flags & SIO_TARGETS_VOLATILE) != 0 &&
                   !eio__socket_writable(sio__client_eio(socket->client))))
        return rc;
    if (flags & SIO_TARGETS_UNCOMPRESSED)
        sio__encoded_uncompressed(&encoded);
    return sio__client_send(socket->client, &encoded);
}

/* Who watches packets may end the socket meanwhile, or ask, too: nobody is told anything from
 * inside the emit, whose failure says it. */
static int send_with_ack(sio_socket_t *socket, sio__encoded_t *encoded, sio__ack_t *ack) {
    sio_socket_ref(socket);
    int rc = sio__client_send(socket->client, encoded);
    if (rc == 0 && socket->state == SIO__SOCKET_CLOSED)
        rc = SIO_ECLOSED;
    if (rc == 0)
        sio__ack_begin(ack);
    else
        sio__ack_cancel(ack);
    sio_socket_unref(socket);
    return rc;
}

static int emit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb, void *data,
                         const char *event, const sio__args_t *args) {
    sio__encoded_t encoded;
    int rc = check(socket, args);
    if (rc < 0)
        return rc;
    if (cb == NULL || sio__ack_is_full(socket)) {
        sio__args_drop(args);
        return cb == NULL ? SIO_EINVAL : SIO_ETOOBIG;
    }
    int64_t id = socket->nsp->next_ack;
    rc = encode(&encoded, socket, id, event, args);
    if (rc < 0)
        return rc;
    sio__ack_t *ack = sio__ack_new(socket, id, timeout_ms, cb, data);
    if (ack == NULL)
        return SIO_ENOMEM;
    if (socket->nsp->next_ack == id) /* not taken before somebody heard of it */
        socket->nsp->next_ack++;
    return send_with_ack(socket, &encoded, ack);
}

/* --- <sio/socket.h> ----------------------------------------------------------------------- */

int sio_socket_emit(sio_socket_t *socket, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_socket_vemit(socket, event, format, list);
    va_end(list);
    return rc;
}

int sio_socket_vemit(sio_socket_t *socket, const char *event, const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = sio__emit(socket, event, &given, 0);
    va_end(list);
    return rc;
}

int sio_socket_emit_json(sio_socket_t *socket, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return sio__emit(socket, event, &given, 0);
}

int sio_socket_emit_raw(sio_socket_t *socket, const char *event, const char *text, size_t length) {
    sio__args_t given = sio__args_raw(text, length);
    return sio__emit(socket, event, &given, 0);
}

int sio_socket_emit_event(sio_socket_t *socket, const char *event, const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return sio__emit(socket, event, &given, 0);
}

int sio_socket_emit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb, void *data,
                             const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_socket_vemit_with_ack(socket, timeout_ms, cb, data, event, format, list);
    va_end(list);
    return rc;
}

int sio_socket_vemit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb, void *data,
                              const char *event, const char *format, va_list args) {
    va_list list;
    va_copy(list, args);
    sio__args_t given = sio__args_format(format, &list);
    int rc = emit_with_ack(socket, timeout_ms, cb, data, event, &given);
    va_end(list);
    return rc;
}

int sio_socket_emit_json_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                  void *data, const char *event, const json_t *args) {
    sio__args_t given = sio__args_json(args);
    return emit_with_ack(socket, timeout_ms, cb, data, event, &given);
}

int sio_socket_emit_event_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb,
                                   void *data, const char *event, const sio_event_t *received) {
    sio__args_t given = sio__args_event(received);
    return emit_with_ack(socket, timeout_ms, cb, data, event, &given);
}
