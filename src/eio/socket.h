/*
 * A session (Engine.IO's "socket"): what stays when the transport changes. Heartbeat, upgrade,
 * the queue between polls, closing. Its user is told by four calls.
 */
#ifndef SIO__EIO_SOCKET_H
#define SIO__EIO_SOCKET_H

#include "eio/message.h"
#include "net/kept.h"
#include <sio/eio.h>

/* The engine's user, whose `data` is that of the server. Any of the calls may close the session,
 * but its memory stays until they return. */
typedef struct {
    /* Nonzero refuses (out of memory): the session is dropped without `close`. */
    int (*open)(eio_socket_t *socket, sio_http_request_t *request, void *data);
    /* The text is valid UTF-8, may be changed in place, is not NUL-terminated, and is gone
     * after the call. */
    void (*message)(eio_socket_t *socket, char *text, size_t length, void *data);
    void (*binary)(eio_socket_t *socket, char *bytes, size_t length, void *data);
    /* The end, the last call. Called from the loop or from eio_socket_close(…, 1), never from
     * inside a send. */
    void (*close)(eio_socket_t *socket, sio_reason_t reason);
    /* Everything queued has been written. May be NULL. */
    void (*drain)(eio_socket_t *socket);
} eio__user_t;

/* What the user keeps with a session, zeros at first, is part of it: one block of memory, which
 * stays as long as anyone has a reference. */
enum { EIO__USER_ROOM = 2 * sizeof(void *) + 8 };

static inline void *eio__socket_user(const eio_socket_t *socket) {
    return (void *) (uintptr_t) socket;
}
static inline eio_socket_t *eio__socket_of_user(const void *user) {
    return (eio_socket_t *) (uintptr_t) user;
}
void eio__socket_ref(eio_socket_t *socket);
void eio__socket_unref(eio_socket_t *socket);
/* NULL once the session has ended. */
eio_server_t *eio__socket_server(const eio_socket_t *socket);

/* Sends messages of this turn's scratch in one go (a packet and its attachments): all or none.
 * 0, SIO_ENOMEM, SIO_ECLOSED. The polling forms are made in place when needed. */
int eio__socket_send(eio_socket_t *socket, eio__message_t *messages, size_t count);
/* The same for one of many that get these messages: nobody who watches is told, and the caller
 * counts (eio__server_count_out). */
int eio__socket_cast(eio_socket_t *socket, eio__message_t *messages, size_t count);
/* Nonzero if a message would leave at once: a poll is pending, or the WebSocket has nothing
 * under way [S15]. */
int eio__socket_writable(const eio_socket_t *socket);
/* The URL and headers of the handshake. */
const sio__kept_t *eio__socket_handshake(const eio_socket_t *socket);
/* Open: neither closing nor closed. */
int eio__socket_open(const eio_socket_t *socket);
/* Ends with a reason of the user's (parse error): closes the transport and tells `close` with
 * this reason. */
void eio__socket_fail(eio_socket_t *socket, sio_reason_t reason);

#endif
