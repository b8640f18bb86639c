#include "sio/emit.h"
#include "sio/ack.h"
#include <sio/error.h>

/* What emitting needs to be possible; what the arguments steal is released if it is not. */
static int check(const sio_socket_t *socket, const sio__args_t *args) {
    if (socket != NULL && socket->state != SIO__SOCKET_CLOSED &&
        eio__socket_open(sio__client_eio(socket->client)))
        return 0;
    sio__args_drop(args);
    return socket == NULL ? SIO_EINVAL : SIO_ECLOSED;
}

/* What may have to be sent again goes by way of the adapter, which keeps it [R6]. */
static int emit_recoverable(sio_socket_t *socket, const char *event, const sio__args_t *args,
                            uint32_t flags) {
    sio_targets_t targets = {.rooms = {socket->id, sizeof(socket->id)}, .flags = flags};
    return sio__cast(socket->nsp, &targets, event, args);
}

int sio__emit(sio_socket_t *socket, const char *event, const sio__args_t *args, uint32_t flags) {
    sio__encoded_t encoded;
    int rc = check(socket, args);
    if (rc < 0)
        return rc;
    if (socket->nsp->core->recovers && sio__socket_is_connected(socket))
        return emit_recoverable(socket, event, args, flags);
    rc = sio__encode_event(&encoded, &socket->nsp->core->output, socket->nsp->name, -1, event,
                           args);
    if (rc < 0 || ((flags & SIO_TARGETS_VOLATILE) != 0 &&
                   !eio__socket_writable(sio__client_eio(socket->client))))
        return rc;
    if (flags & SIO_TARGETS_UNCOMPRESSED)
        sio__encoded_uncompressed(&encoded);
    return sio__client_send(socket->client, &encoded);
}

static int emit_with_ack(sio_socket_t *socket, uint32_t timeout_ms, sio_ack_cb cb, void *data,
                         const char *event, const sio__args_t *args) {
    sio__encoded_t encoded;
    int rc = check(socket, args);
    if (rc < 0)
        return rc;
    if (cb == NULL) {
        sio__args_drop(args);
        return SIO_EINVAL;
    }
    int64_t id = socket->nsp->next_ack;
    rc = sio__encode_event(&encoded, &socket->nsp->core->output, socket->nsp->name, id, event,
                           args);
    if (rc < 0)
        return rc;
    sio__ack_t *ack = sio__ack_new(socket, id, timeout_ms, cb, data);
    if (ack == NULL)
        return SIO_ENOMEM;
    rc = sio__client_send(socket->client, &encoded);
    if (rc < 0) {
        sio__ack_drop(ack);
        return rc;
    }
    socket->nsp->next_ack++;
    return 0;
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
