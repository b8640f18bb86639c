/* The verbs with a server for their target: it stands for its namespace "/". And what is a
 * server's own: timers, routes. */
#include "server/server.h"
#include "serve/static.h"
#include "sio/timer.h"
#include <sio.h>
#include <stdlib.h>

/* --- listeners ---------------------------------------------------------------------------- */

int sio_server_use(sio_server_t *server, sio_use_cb cb, void *data) {
    return sio_namespace_use(sio__server_root(server), cb, data);
}

int sio_server_on_connection(sio_server_t *server, sio_connection_cb cb, void *data) {
    return sio_namespace_on_connection(sio__server_root(server), cb, data);
}

int sio_server_on_disconnect(sio_server_t *server, sio_disconnect_cb cb, void *data) {
    return sio_namespace_on_disconnect(sio__server_root(server), cb, data);
}

int sio_server_on(sio_server_t *server, const char *event, sio_event_cb cb, void *data) {
    return sio_namespace_on(sio__server_root(server), event, cb, data);
}

int sio_server_once(sio_server_t *server, const char *event, sio_event_cb cb, void *data) {
    return sio_namespace_once(sio__server_root(server), event, cb, data);
}

int sio_server_off(sio_server_t *server, const char *event, sio_event_cb cb, void *data) {
    return sio_namespace_off(sio__server_root(server), event, cb, data);
}

/* --- broadcasts --------------------------------------------------------------------------- */

sio_broadcast_t *sio_server_to(sio_server_t *server, const char *room) {
    return sio_namespace_to(sio__server_root(server), room);
}

sio_broadcast_t *sio_server_except(sio_server_t *server, const char *room) {
    return sio_namespace_except(sio__server_root(server), room);
}

sio_broadcast_t *sio_server_volatile(sio_server_t *server) {
    return sio_namespace_volatile(sio__server_root(server));
}

sio_broadcast_t *sio_server_local(sio_server_t *server) {
    return sio_namespace_local(sio__server_root(server));
}

sio_broadcast_t *sio_server_compress(sio_server_t *server, int compress) {
    return sio_namespace_compress(sio__server_root(server), compress);
}

sio_broadcast_t *sio_server_timeout(sio_server_t *server, uint32_t ms) {
    return sio_namespace_timeout(sio__server_root(server), ms);
}

sio_broadcast_t *sio_server_everyone(sio_server_t *server) {
    return sio_namespace_everyone(sio__server_root(server));
}

int sio_server_emit(sio_server_t *server, const char *event, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int rc = sio_namespace_vemit(sio__server_root(server), event, format, list);
    va_end(list);
    return rc;
}

int sio_server_vemit(sio_server_t *server, const char *event, const char *format, va_list args) {
    return sio_namespace_vemit(sio__server_root(server), event, format, args);
}

int sio_server_emit_json(sio_server_t *server, const char *event, const json_t *args) {
    return sio_namespace_emit_json(sio__server_root(server), event, args);
}

int sio_server_emit_raw(sio_server_t *server, const char *event, const char *text, size_t length) {
    return sio_namespace_emit_raw(sio__server_root(server), event, text, length);
}

int sio_server_emit_event(sio_server_t *server, const char *event, const sio_event_t *received) {
    return sio_namespace_emit_event(sio__server_root(server), event, received);
}

/* --- timers ------------------------------------------------------------------------------- */

sio_timer_t *sio_server_every(sio_server_t *server, uint64_t ms, sio_server_cb cb, void *data) {
    return server != NULL ? sio__timer_new(&server->core, ms, 1, cb, data) : NULL;
}

sio_timer_t *sio_server_after(sio_server_t *server, uint64_t ms, sio_server_cb cb, void *data) {
    return server != NULL ? sio__timer_new(&server->core, ms, 0, cb, data) : NULL;
}

/* --- HTTP and raw WebSockets -------------------------------------------------------------- */

typedef struct {
    sio_http_cb cb;
    void *data;
} handler_t;

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    const handler_t *handler = data;
    handler->cb(request, response, handler->data);
}

static const sio__route_ops_t handler_ops = {.request = on_request, .removed = free};

int sio_http(sio_server_t *server, const char *prefix, sio_http_cb cb, void *data) {
    if (server == NULL || prefix == NULL || cb == NULL)
        return SIO_EINVAL;
    handler_t *handler = malloc(sizeof(*handler));
    if (handler == NULL)
        return SIO_ENOMEM;
    *handler = (handler_t){cb, data};
    int rc = sio__host_route(server->host, prefix, 0, server->options.max_http_body, &handler_ops,
                             handler);
    if (rc < 0)
        free(handler);
    return rc;
}

int sio_static(sio_server_t *server, const char *prefix, const char *directory) {
    if (server == NULL || prefix == NULL || directory == NULL)
        return SIO_EINVAL;
    return sio__static_add(server->host, prefix, directory);
}

int sio_ws(sio_server_t *server, const char *prefix, sio_ws_open_cb cb, void *data) {
    return server != NULL ? sio__endpoints_add(server->endpoints, prefix, cb, data) : SIO_EINVAL;
}
