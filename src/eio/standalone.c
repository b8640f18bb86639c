/* The engine by itself: eio_server_t on a host of its own, the public callbacks as the engine's
 * user. */
#include "eio/engine.h"
#include "net/response.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    eio_message_cb message;
    void *message_data;
    eio_close_cb close;
    void *close_data;
    eio_drain_cb drain;
    void *drain_data;
} callbacks_t;

typedef struct eio__alone_s {
    eio_server_t *server;
    eio_connection_cb connection;
    void *connection_data;
    eio_server_cb closed;
    void *closed_data;
    sio__deferred_t deferred;
} alone_t;

/* --- sessions --------------------------------------------------------------------------------- */

/* NULL once it has ended. */
static callbacks_t **callbacks_of(const eio_socket_t *socket) {
    return eio__socket_user(socket);
}

static int on_open(eio_socket_t *socket, sio_http_request_t *request, void *data) {
    const alone_t *alone = data;
    callbacks_t *callbacks = calloc(1, sizeof(*callbacks));
    if (callbacks == NULL)
        return SIO_ENOMEM;
    *callbacks_of(socket) = callbacks;
    if (alone->connection != NULL)
        alone->connection(socket, request, alone->connection_data);
    return 0;
}

static void deliver(eio_socket_t *socket, const void *data, size_t length, int binary) {
    const callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks->message != NULL)
        callbacks->message(socket, data, length, binary, callbacks->message_data);
}

static void on_message(eio_socket_t *socket, char *text, size_t length, void *data) {
    (void) data;
    deliver(socket, text, length, 0);
}

static void on_binary(eio_socket_t *socket, char *bytes, size_t length, void *data) {
    (void) data;
    deliver(socket, bytes, length, 1);
}

static void on_close(eio_socket_t *socket, sio_reason_t reason) {
    callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks->close != NULL)
        callbacks->close(socket, reason, callbacks->close_data);
    *callbacks_of(socket) = NULL;
    free(callbacks);
}

static void on_drain(eio_socket_t *socket) {
    const callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks->drain != NULL)
        callbacks->drain(socket, callbacks->drain_data);
}

static const eio__user_t user = {on_open, on_message, on_binary, on_close, on_drain};

/* Callbacks may still be set while the last one runs, to no effect. */
void eio_socket_on_message(eio_socket_t *socket, eio_message_cb cb, void *data) {
    callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks == NULL)
        return;
    callbacks->message = cb;
    callbacks->message_data = data;
}

void eio_socket_on_close(eio_socket_t *socket, eio_close_cb cb, void *data) {
    callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks == NULL)
        return;
    callbacks->close = cb;
    callbacks->close_data = data;
}

void eio_socket_on_drain(eio_socket_t *socket, eio_drain_cb cb, void *data) {
    callbacks_t *callbacks = *callbacks_of(socket);
    if (callbacks == NULL)
        return;
    callbacks->drain = cb;
    callbacks->drain_data = data;
}

void eio_server_on_connection(eio_server_t *server, eio_connection_cb cb, void *data) {
    if (server->alone == NULL)
        return; /* the sessions are somebody else's */
    server->alone->connection = cb;
    server->alone->connection_data = data;
}

/* --- other requests --------------------------------------------------------------------------- */

/* There is nothing else at this port [E22]. */
static void on_other(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    (void) request;
    (void) data;
    sio__response_simple(response, 501);
}

static const sio__route_ops_t others = {.request = on_other};

/* --- life ------------------------------------------------------------------------------------- */

/* On failure nothing of it is left. */
static int begin(alone_t *alone, uv_loop_t *uv, const sio_options_t *options) {
    sio__host_t *host;
    sio__ws_pool_t *pool = NULL;
    eio_server_t *server = NULL;
    int rc = sio__host_new(&host, uv, options);
    if (rc < 0)
        return rc;
    rc = sio__ws_pool_new(&pool, sio__host_loop(host), options->close_timeout_ms);
    if (rc == 0)
        rc = eio__server_attach(&server, host, options, &user, alone);
    if (rc == 0 && strcmp(server->options.path, "/") != 0) {
        rc = sio__host_route(host, "/", 0, server->options.max_http_body, &others, NULL);
        if (rc < 0)
            eio__server_detach(server);
    }
    if (rc != 0) {
        sio__ws_pool_free(pool);
        sio__host_free(host, NULL, NULL);
        return rc;
    }
    alone->server = server;
    server->alone = alone;
    return 0;
}

int eio_server_new(eio_server_t **out, uv_loop_t *uv, const sio_options_t *given) {
    sio_options_t options;
    int rc = sio__options_copy(&options, given, "/engine.io");
    if (rc < 0)
        return rc;
    options.allow_v09 = 0; /* its packets are those of socket.io */
    alone_t *alone = calloc(1, sizeof(*alone));
    rc = alone != NULL ? begin(alone, uv, &options) : SIO_ENOMEM;
    sio__options_free(&options);
    if (rc < 0) {
        free(alone);
        return rc;
    }
    *out = alone->server;
    return 0;
}

void eio_server_free(eio_server_t *server) {
    if (server == NULL)
        return;
    sio__host_t *host = server->host;
    sio__ws_pool_t *pool = server->loop->ws_pool;
    alone_t *alone = server->alone;
    sio__loop_undefer(server->loop, &alone->deferred);
    eio__server_detach(server);
    sio__ws_pool_free(pool);
    sio__host_free(host, NULL, NULL);
    free(alone);
}

static void on_host_closed(sio__host_t *host, void *data) {
    alone_t *alone = data;
    (void) host;
    if (alone->closed != NULL)
        alone->closed(alone->server, alone->closed_data);
}

static void close_host(sio__deferred_t *deferred) {
    alone_t *alone = (alone_t *) ((char *) deferred - offsetof(alone_t, deferred));
    sio__host_close(alone->server->host, on_host_closed, alone);
}

/* The last session has ended, perhaps in the middle of its request: the host closes when the
 * turn ends. */
static void on_emptied(eio_server_t *server) {
    sio__loop_defer(server->loop, &server->alone->deferred, close_host);
}

int eio_server_close(eio_server_t *server, eio_server_cb cb, void *data) {
    if (server->closing)
        return SIO_EDONE;
    server->alone->closed = cb;
    server->alone->closed_data = data;
    server->emptied = on_emptied;
    eio__server_close(server, 0);
    if (server->sessions.count == 0)
        on_emptied(server);
    return 0;
}

static void shut_down(void *data) {
    eio_server_close(data, NULL, NULL);
}

int eio_server_run(eio_server_t *server) {
    return sio__host_run(server->host, shut_down, server);
}

/* --- the host's ------------------------------------------------------------------------------- */

int eio_server_listen(eio_server_t *server, const char *host, int port) {
    return sio__host_listen(server->host, host, port);
}

int eio_server_listen_pipe(eio_server_t *server, const char *name) {
    return sio__host_listen_pipe(server->host, name);
}

int eio_server_accept(eio_server_t *server, uv_stream_t *stream) {
    return sio__host_accept(server->host, stream, NULL);
}

int eio_server_listen_tls(eio_server_t *server, const char *host, int port, sio_tls_t *tls) {
    return sio__host_listen_tls(server->host, host, port, tls);
}

int eio_server_accept_tls(eio_server_t *server, uv_stream_t *stream, sio_tls_t *tls) {
    return tls != NULL ? sio__host_accept(server->host, stream, tls) : SIO_EINVAL;
}

int eio_server_port(const eio_server_t *server) {
    return sio__host_port(server->host);
}

uv_loop_t *eio_server_loop(const eio_server_t *server) {
    return server->loop->uv;
}
