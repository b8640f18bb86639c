#include "sio/middleware.h"
#include "sio/dispatch.h"
#include "sio/next.h"
#include "sio/recovery.h"
#include "sio/use.h"
#include <sio/error.h>

/* --- the way in --------------------------------------------------------------------------- */

static void fail(sio_socket_t *socket, int rc) {
    sio__client_t *client = socket->client;
    sio__tell(socket->nsp->core->loop, SIO__TOLD_SHORTAGE, SIO_LOG_ERROR, "socket", "socket %s: %s",
              socket->id, sio_strerror(rc));
    sio__client_close(client, SIO_REASON_FORCED_SERVER_CLOSE);
}

/* Nonzero while the connection is there and nothing has ended the attempt. */
static int is_waiting(const sio_socket_t *socket) {
    return socket->state == SIO__SOCKET_PENDING &&
           eio__socket_open(sio__client_eio(socket->client));
}

static int connect_socket(sio_socket_t *socket) {
    sio_namespace_t *nsp = socket->nsp;
    sio__encoded_t encoded;
    const char *pid;
    int rc = sio__recovery_connect(socket, &pid);
    if (rc == 0)
        rc = sio__encode_connect(&encoded, &nsp->core->output, nsp->name,
                                 sio__client_is_older(socket->client) ? NULL : socket->id, pid);
    if (rc == 0)
        rc = sio__client_send(socket->client, &encoded);
    if (!is_waiting(socket)) /* who watches packets may have ended it */
        return SIO_ECLOSED;
    if (rc == 0)
        rc = sio__socket_connect(socket);
    if (rc < 0) {
        fail(socket, rc);
        return rc;
    }
    sio__client_joined(socket->client);
    sio__log(&nsp->core->loop->log, SIO_LOG_DEBUG, "socket", "socket %s: connected to %s",
             socket->id,
             nsp->name);
    sio__dispatch_connection(socket);
    return 0;
}

static int run(sio_socket_t *socket, size_t index) {
    const sio_namespace_t *nsp = socket->nsp;
    if (!is_waiting(socket))
        return SIO_ECLOSED;
    if (index >= nsp->use_count)
        return connect_socket(socket);
    sio_next_t *next = sio__next_new(socket, index);
    if (next == NULL) {
        fail(socket, SIO_ENOMEM);
        return SIO_ENOMEM;
    }
    sio__use_t use = nsp->uses[index];
    use.cb(socket, next, use.data);
    return 0;
}

void sio__middleware_start(sio_socket_t *socket) {
    sio_socket_ref(socket);
    run(socket, 0);
    sio_socket_unref(socket);
}

void sio__middleware_skip(sio_socket_t *socket) {
    sio_socket_ref(socket);
    run(socket, socket->nsp->use_count);
    sio_socket_unref(socket);
}

/* --- <sio/namespace.h> -------------------------------------------------------------------- */

int sio_next(sio_next_t *next) {
    if (next == NULL)
        return SIO_EINVAL;
    if (next->done)
        return SIO_EDONE;
    if (next->event != NULL)
        return sio__use_next(next);
    sio_socket_t *socket = next->socket;
    sio__next_done(next);
    int rc = run(socket, next->index + 1);
    sio_socket_unref(socket);
    return rc;
}

static int encode_error(sio__encoded_t *encoded, const sio_socket_t *socket, const char *message,
                        const json_t *data) {
    const sio_namespace_t *nsp = socket->nsp;
    return (sio__client_is_older(socket->client) ? sio__encode_connect_error_older
                                                 : sio__encode_connect_error)(
        encoded, &nsp->core->output, nsp->name, nsp->name_length, message, data);
}

int sio_next_error(sio_next_t *next, const char *message, const json_t *data) {
    if (next == NULL)
        return SIO_EINVAL;
    if (next->done)
        return SIO_EDONE;
    if (next->event != NULL)
        return sio__use_error(next, message, data);
    sio_socket_t *socket = next->socket;
    int rc = SIO_ECLOSED;
    sio__next_done(next);
    if (is_waiting(socket)) {
        sio__encoded_t encoded;
        rc = encode_error(&encoded, socket, message != NULL ? message : "", data);
        /* Something that cannot be said must not leave the client waiting. */
        if (rc < 0 && rc != SIO_ENOMEM && encode_error(&encoded, socket, "", NULL) == 0)
            sio__client_send(socket->client, &encoded);
        else if (rc == 0)
            rc = sio__client_send(socket->client, &encoded);
        if (rc == SIO_ENOMEM)
            fail(socket, rc);
        else
            sio__socket_end(socket, SIO_REASON_SERVER_NAMESPACE_DISCONNECT);
    }
    sio_socket_unref(socket);
    return rc;
}
