#include "server/server.h"
#include "adapter/memory.h"
#include "server/sigpipe.h"
#include "sio/client.h"
#include "sio/parent.h"
#include <sio/error.h>
#include <stdlib.h>

/* --- life --------------------------------------------------------------------------------- */

/* The very end: the loop has closed all handles. */
static void on_freed(void *data) {
    sio_server_t *server = data;
    sio__core_free(&server->core);
    sio__client_files_free(server->client_files);
    sio__server_drop_posts(server);
    if (server->has_mutex)
        uv_mutex_destroy(&server->posts_mutex);
    sio__options_free(&server->options);
    free(server);
}

/* Takes down what there is, from the top; also of a server that was never finished. */
static void tear_down(sio_server_t *server) {
    if (server->host == NULL) {
        on_freed(server);
        return;
    }
    sio__loop_undefer(server->loop, &server->close_deferred);
    sio__endpoints_free(server->endpoints);
    eio__server_detach(server->engine);
    sio__ws_pool_free(server->pool);
    sio__core_close(&server->core);
    sio__host_free(server->host, on_freed, server);
}

static int build(sio_server_t *server, uv_loop_t *uv) {
    const sio_options_t *options = &server->options;
    int rc = uv_mutex_init(&server->posts_mutex);
    server->has_mutex = rc == 0;
    if (rc == 0)
        rc = sio__host_new(&server->host, uv, options);
    if (rc < 0)
        return rc;
    server->loop = sio__host_loop(server->host);
    rc = sio__core_init(&server->core, server, server->loop, options, &sio__memory_adapter);
    if (rc == 0)
        rc = sio__ws_pool_new(&server->pool, server->loop, options->close_timeout_ms);
    if (rc == 0)
        rc = sio__endpoints_new(&server->endpoints, server->host);
    if (rc == 0)
        rc = eio__server_attach(&server->engine, server->host, options,
                                options->parser != NULL ? &sio__client_parsed_user
                                                        : &sio__client_user,
                                &server->core);
    server->core.engine = server->engine;
    if (rc < 0 || !options->serve_client)
        return rc;
    server->client_files = sio__client_files_new(options, sio__client_bundles);
    if (server->client_files == NULL)
        return SIO_ENOMEM;
    eio__server_set_other(server->engine, sio__client_files_serve, server->client_files);
    return 0;
}

int sio_server_new(sio_server_t **out, uv_loop_t *loop, const sio_options_t *options) {
    if (out == NULL)
        return SIO_EINVAL;
    sio_server_t *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return SIO_ENOMEM;
    int rc = sio__options_copy(&server->options, options, "/socket.io");
    if (rc < 0) {
        free(server);
        return rc;
    }
    rc = build(server, loop);
    if (rc < 0) {
        tear_down(server);
        return rc;
    }
    if (!server->options.keep_sigpipe)
        sio__sigpipe_ignore();
    *out = server;
    return 0;
}

void sio_server_free(sio_server_t *server) {
    if (server == NULL || server->freeing)
        return;
    server->freeing = server->closing = 1;
    sio__core_shutdown(&server->core, SIO_REASON_SERVER_SHUTTING_DOWN);
    tear_down(server);
}

/* --- closing ------------------------------------------------------------------------------ */

static void on_host_closed(sio__host_t *host, void *data) {
    sio_server_t *server = data;
    (void) host;
    sio__core_stop_timers(&server->core);
    if (server->closed != NULL)
        server->closed(server, server->closed_data);
}

static void close_host(sio__deferred_t *deferred) {
    sio_server_t *server =
        (sio_server_t *) ((char *) deferred - offsetof(sio_server_t, close_deferred));
    sio__host_close(server->host, on_host_closed, server);
}

/* The last session has ended, perhaps in the middle of its request: the host closes when the
 * turn ends. Until now it has listened: a client that polls comes for its goodbye with a new
 * request. */
static void on_emptied(eio_server_t *engine) {
    sio__core_t *core = eio__server_user_data(engine);
    sio_server_t *server = core->server;
    sio__loop_defer(server->loop, &server->close_deferred, close_host);
}

int sio_server_close(sio_server_t *server, sio_server_cb cb, void *data) {
    if (server == NULL)
        return SIO_EINVAL;
    if (server->closing)
        return SIO_EDONE;
    uv_mutex_lock(&server->posts_mutex);
    server->closing = 1;
    uv_mutex_unlock(&server->posts_mutex);
    server->closed = cb;
    server->closed_data = data;
    sio__core_shutdown(&server->core, SIO_REASON_SERVER_SHUTTING_DOWN); /* [S3] */
    sio__endpoints_close(server->endpoints);
    eio__server_close(server->engine, 0);
    eio__server_on_emptied(server->engine, on_emptied);
    return 0;
}

static void shut_down(void *data) {
    sio_server_close(data, NULL, NULL);
}

int sio_run(sio_server_t *server) {
    return server != NULL ? sio__host_run(server->host, shut_down, server) : SIO_EINVAL;
}

/* --- the host's and the engine's ---------------------------------------------------------- */

int sio_listen(sio_server_t *server, const char *host, int port) {
    if (server == NULL)
        return SIO_EINVAL;
    return server->closing ? SIO_ECLOSED : sio__host_listen(server->host, host, port);
}

int sio_listen_pipe(sio_server_t *server, const char *name) {
    if (server == NULL || name == NULL)
        return SIO_EINVAL;
    return server->closing ? SIO_ECLOSED : sio__host_listen_pipe(server->host, name);
}

int sio_accept(sio_server_t *server, uv_stream_t *stream) {
    if (server == NULL || stream == NULL)
        return SIO_EINVAL;
    return server->closing ? SIO_ECLOSED : sio__host_accept(server->host, stream, NULL);
}

int sio_listen_tls(sio_server_t *server, const char *host, int port, sio_tls_t *tls) {
    if (server == NULL || tls == NULL)
        return SIO_EINVAL;
    return server->closing ? SIO_ECLOSED : sio__host_listen_tls(server->host, host, port, tls);
}

int sio_accept_tls(sio_server_t *server, uv_stream_t *stream, sio_tls_t *tls) {
    if (server == NULL || stream == NULL || tls == NULL)
        return SIO_EINVAL;
    return server->closing ? SIO_ECLOSED : sio__host_accept(server->host, stream, tls);
}

int sio_server_tls_port(const sio_server_t *server) {
    return server != NULL ? sio__host_tls_port(server->host) : SIO_EINVAL;
}

int sio_server_port(const sio_server_t *server) {
    return server != NULL ? sio__host_port(server->host) : SIO_EINVAL;
}

sio_namespace_t *sio_server_sockets(sio_server_t *server) {
    return sio__server_root(server);
}

eio_server_t *sio_server_engine(const sio_server_t *server) {
    return server->engine;
}

uv_loop_t *sio_server_loop(const sio_server_t *server) {
    return server->loop->uv;
}

size_t sio_server_clients(const sio_server_t *server) {
    return eio_server_clients(server->engine);
}

int sio_on_connection_error(sio_server_t *server, sio_connection_error_cb cb, void *data) {
    if (server == NULL)
        return SIO_EINVAL;
    eio_server_on_connection_error(server->engine, cb, data);
    return 0;
}

int sio_on_headers(sio_server_t *server, sio_headers_cb cb, void *data) {
    if (server == NULL)
        return SIO_EINVAL;
    eio_server_on_headers(server->engine, cb, data);
    return 0;
}

void sio_server_set_data(sio_server_t *server, void *data) {
    server->data = data;
}

void *sio_server_data(const sio_server_t *server) {
    return server->data;
}

sio_namespace_t *sio_of_match(sio_server_t *server, sio_match_cb cb, void *data) {
    return server != NULL && cb != NULL ? sio__parent_match(&server->core, cb, data) : NULL;
}

sio_namespace_t *sio_of_pattern(sio_server_t *server, const char *pattern) {
    return server != NULL && pattern != NULL ? sio__parent_pattern(&server->core, pattern) : NULL;
}

int sio_on_new_namespace(sio_server_t *server, sio_namespace_cb cb, void *data) {
    sio__listener_t listener = {(sio__function_t) cb, data, 0};
    if (server == NULL || cb == NULL)
        return SIO_EINVAL;
    return sio__listeners_add(&server->core.tables, &server->core.root->listeners,
                              SIO__NEW_NAMESPACE, &listener);
}

int sio_off_new_namespace(sio_server_t *server, sio_namespace_cb cb, void *data) {
    if (server == NULL || cb == NULL)
        return SIO_EINVAL;
    return sio__listeners_remove(&server->core.tables, &server->core.root->listeners,
                                 server->core.new_namespace, (sio__function_t) cb, data);
}

sio_namespace_t *sio_of(sio_server_t *server, const char *name) {
    return server != NULL && name != NULL ? sio__core_of(&server->core, name) : NULL;
}
