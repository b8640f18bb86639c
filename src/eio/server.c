#include "eio/server.h"
#include "eio/absence.h"
#include "eio/allow.h"
#include "eio/backlog.h"
#include "eio/engine.h"
#include "eio/handshake.h"
#include "eio/heartbeat.h"
#include "eio/middleware.h"
#include "eio/polling.h"
#include "eio/reply.h"
#include "eio/upgrade.h"
#include "eio/v09/v09.h"
#include "eio/verify.h"
#include "eio/wait.h"
#include "eio/websocket.h"
#include "base/text.h"
#include "net/admit.h"
#include "net/origin.h"
#include <stdlib.h>
#include <string.h>

/* --- requests --------------------------------------------------------------------------------- */

void eio__server_handshake(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response, int upgrade,
                           const eio__query_t *query) {
    int status;
    const char *why = upgrade ? eio__websocket_check(server, request, &status) : NULL;
    if (why != NULL)
        eio__websocket_refuse(response, status, why); /* [E36] */
    else if (server->closing && upgrade)
        sio__response_refuse_upgrade(response, 503, "");
    else if (server->closing)
        eio__reply_empty(response, 503);
    else if (!upgrade && eio__absence_is_full(server))
        sio__response_busy(response, 0);
    else
        eio__handshake(server, request, response, upgrade, query);
}

static void session_request(eio_server_t *server, sio_http_request_t *request,
                            sio_http_response_t *response, int upgrade, int complete,
                            const eio__query_t *query) {
    int status;
    if (!upgrade) {
        eio__polling_request(query->socket, request, response, complete,
                             query->jsonp != NULL);
        return;
    }
    const char *why = eio__websocket_check(server, request, &status);
    if (why != NULL) {
        eio__websocket_refuse(response, status, why);
        return;
    }
    eio_socket_t *socket = query->socket;
    eio__socket_ref(socket);
    eio__reply_headers(server, request, response, 0, 1);
    if (socket->state == EIO__STATE_CLOSED) /* the application's hook has ended it */
        eio__websocket_reject(server, request, response);
    else
        eio__upgrade_begin(socket, request, response, query->base64);
    eio__socket_unref(socket);
}

void eio__server_proceed(eio_server_t *server, sio_http_request_t *request,
                         sio_http_response_t *response, int upgrade, int complete) {
    eio__query_t query = {.v09 = 0};
    eio__refusal_t refusal;
    if (eio__v09_is(server, request))
        eio__v09_request(server, request, response, upgrade, complete);
    else if (eio__verify(server, request, upgrade, &query, &refusal) < 0)
        eio__reply_refused(server, request, response, upgrade, &refusal);
    else if (query.socket != NULL)
        session_request(server, request, response, upgrade, complete, &query);
    else if (!sio__limit_take_handshake(server->loop, "engine"))
        sio__response_busy(response, upgrade);
    else if (server->options.allow_request != NULL)
        eio__allow_ask(server, request, response, upgrade, &query);
    else
        eio__server_handshake(server, request, response, upgrade, &query);
}

/* The path itself, and what is below it, or with add_trailing_slash 0 nothing but itself [E2]. */
static int matches(const eio_server_t *server, const sio_http_request_t *request) {
    return server->options.add_trailing_slash || sio_http_rest(request)[0] == '\0' ||
           eio__v09_is(server, request);
}

/* CORS stands before all middlewares, and answers preflights itself. Nonzero if it has answered. */
static int cross_origin(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response) {
    if (server->cors == NULL)
        return 0;
    if (strcmp(sio_http_method(request), "OPTIONS") == 0) {
        sio__cors_preflight(server->cors, request, response);
        return 1;
    }
    if (!eio__v09_is(server, request)) /* which has headers of its own */
        sio__cors_apply(server->cors, request, response);
    return 0;
}

/* The engine is there, and knows what it is asked for. */
static int is_ready(const eio_server_t *server, const sio_http_request_t *request) {
    return !server->detached && sio__request_need_query(request) == 0;
}

/* All is decided at the header: a POST counts as pending while its body comes in [E56]. */
static void on_head(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    eio_server_t *server = data;
    if (!is_ready(server, request))
        eio__reply_empty(response, 503);
    else if (server->other != NULL && server->other(request, response, server->other_data))
        return;
    else if (!matches(server, request))
        eio__reply_empty(response, 404);
    else if (!cross_origin(server, request, response))
        eio__middleware_run(server, request, response, 0, 0);
}

static void on_request(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    eio__call_t *call = sio__request_data(request);
    (void) response, (void) data;
    if (call == NULL)
        return;
    if (call->kind == EIO__CALL_WAIT)
        ((eio__wait_t *) call)->complete = 1;
    else if (call->kind == EIO__CALL_POST)
        eio__polling_body(call->socket);
    else if (call->kind == EIO__CALL_V09_POST)
        eio__v09_body(call);
}

static void on_too_big(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    eio__call_t *call = sio__request_data(request);
    (void) data;
    if (call == NULL)
        eio__reply_empty(response, 413);
    else if (call->kind == EIO__CALL_WAIT)
        eio__wait_too_big((eio__wait_t *) call);
    else if (call->kind == EIO__CALL_V09_POST)
        eio__v09_too_big(call);
    else if (call->kind == EIO__CALL_V09)
        sio__response_abort(response); /* a GET with a body like that */
    else
        eio__polling_too_big(call);
}

static void on_upgrade(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    eio_server_t *server = data;
    if (!is_ready(server, request)) {
        sio__response_refuse_upgrade(response, 503, "");
    } else if (!matches(server, request)) {
        sio__response_refuse_upgrade(response, 404, "");
    } else {
        sio__cors_apply(server->cors, request, response);
        eio__middleware_run(server, request, response, 1, 1);
    }
}

/* --- life ------------------------------------------------------------------------------------- */

static const char *id_of(const void *object, size_t *length) {
    const eio_socket_t *socket = object;
    *length = strlen(socket->id);
    return socket->id;
}

/* The memory goes when neither the host nor the owner knows the engine any more. */
static void release(eio_server_t *server) {
    if (server->routed || !server->detached)
        return;
    eio__v09_free(server);
    eio__handshake_free(server);
    sio__cors_free(server->cors);
    sio__idmap_free(&server->sessions);
    sio__options_free(&server->options);
    free(server->uses);
    free(server);
}

static void on_removed(void *data) {
    eio_server_t *server = data;
    server->routed = 0;
    release(server);
}

static const sio__route_ops_t ops = {on_head, on_request, on_upgrade, on_too_big, on_removed};

static void read_transports(eio_server_t *server) {
    const char *cursor = server->options.transports, *item;
    size_t length;
    eio__transport_name_t name;
    while (sio__text_list_next(&cursor, &item, &length))
        if (eio__transport_parse(item, length, &name))
            server->transports |= 1u << name;
}

static int init(eio_server_t *server, const sio_options_t *options) {
    int rc = sio__options_copy(&server->options, options, "/engine.io");
    if (rc < 0)
        return rc;
    read_transports(server);
    if (server->options.cors != NULL) {
        server->cors = sio__cors_new(server->options.cors);
        if (server->cors == NULL)
            return SIO_ENOMEM;
    }
    server->checks_origin = sio__origin_is_checked(&server->options);
    rc = eio__handshake_init(server);
    return rc == 0 && server->options.allow_v09 ? eio__v09_init(server) : rc;
}

int eio__server_attach(eio_server_t **out, sio__host_t *host, const sio_options_t *options,
                       const eio__user_t *user, void *user_data) {
    eio_server_t *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return SIO_ENOMEM;
    server->host = host;
    server->loop = sio__host_loop(host);
    server->user = user;
    server->user_data = user_data;
    server->tells_drain = user->drain != NULL;
    server->sessions.id_of = id_of;
    server->sessions.key = server->loop->map_key;
    server->turn_last = &server->turn_first;
    int rc = init(server, options);
    if (rc == 0)
        rc = sio__host_route(host, server->options.path, 1, server->options.max_payload, &ops,
                             server);
    if (rc < 0) {
        server->detached = 1;
        release(server);
        return rc;
    }
    server->routed = 1;
    eio__heartbeat_init(server);
    eio__upgrade_init(server);
    eio__backlog_init(server);
    *out = server;
    return 0;
}

void eio__server_close(eio_server_t *server, int discard) {
    size_t cursor = 0;
    eio_socket_t *socket;
    server->closing = 1;
    while ((socket = sio__idmap_next(&server->sessions, &cursor)) != NULL) {
        if (!discard && socket->state == EIO__STATE_CLOSING)
            eio__heartbeat_closing(socket); /* hurries */
        else
            eio_socket_close(socket, discard);
    }
}

void eio__server_left(eio_server_t *server) {
    if (server->closing && server->sessions.count == 0 && server->emptied != NULL)
        server->emptied(server);
}

void eio__server_on_emptied(eio_server_t *server, void (*emptied)(eio_server_t *server)) {
    server->emptied = emptied;
    if (server->closing && server->sessions.count == 0)
        emptied(server);
}

void eio__server_detach(eio_server_t *server) {
    if (server == NULL || server->detached)
        return;
    server->emptied = NULL;
    eio__server_close(server, 1);
    eio__socket_undefer_all(server);
    eio__wait_orphan_all(server);
    eio__heartbeat_free(server);
    eio__upgrade_free(server);
    eio__backlog_free(server);
    eio__v09_free(server);
    server->detached = 1;
    release(server);
}

/* --- accessors -------------------------------------------------------------------------------- */

void eio__server_set_other(eio_server_t *server, eio__other_cb cb, void *data) {
    server->other = cb;
    server->other_data = data;
}

int eio__server_is_watched(const eio_server_t *server) {
    return server->watch != NULL;
}

void eio__server_count_out(eio_server_t *server, size_t packets) {
    server->counters.packets_out += packets;
}

sio__loop_t *eio__server_loop(const eio_server_t *server) {
    return server->loop;
}

const sio_options_t *eio__server_options(const eio_server_t *server) {
    return &server->options;
}

void *eio__server_user_data(const eio_server_t *server) {
    return server->user_data;
}

size_t eio_server_clients(const eio_server_t *server) {
    return server->sessions.count;
}

int eio_server_each(eio_server_t *server, eio_each_cb cb, void *data) {
    size_t count = server->sessions.count, filled = 0, cursor = 0;
    if (count == 0)
        return 0;
    /* The callback may do anything: it walks a list that keeps the sessions. */
    eio_socket_t **sockets = malloc(count * sizeof(eio_socket_t *));
    if (sockets == NULL)
        return SIO_ENOMEM;
    eio_socket_t *socket;
    while ((socket = sio__idmap_next(&server->sessions, &cursor)) != NULL) {
        eio__socket_ref(socket);
        sockets[filled++] = socket;
    }
    int rc = 0;
    for (size_t i = 0; i < filled; i++) {
        if (rc == 0 && sockets[i]->state != EIO__STATE_CLOSED && sockets[i]->told)
            rc = cb(sockets[i], data);
        eio__socket_unref(sockets[i]);
    }
    free(sockets);
    return rc;
}

eio_socket_t *eio_server_socket(const eio_server_t *server, const char *id) {
    return id != NULL ? sio__idmap_find(&server->sessions, id, strlen(id)) : NULL;
}

const char *eio_server_upgrades(const eio_server_t *server, const char *transport) {
    eio__transport_name_t name;
    int moves = transport != NULL && eio__transport_parse(transport, strlen(transport), &name) &&
                name == EIO__POLLING && server->options.allow_upgrades &&
                (server->transports & 1u << EIO__WEBSOCKET) != 0;
    return moves ? "websocket" : "";
}

const sio_options_t *eio_server_options(const eio_server_t *server) {
    return &server->options;
}

void eio_server_set_data(eio_server_t *server, void *data) {
    server->data = data;
}

void *eio_server_data(const eio_server_t *server) {
    return server->data;
}

void eio_server_on_connection_error(eio_server_t *server, eio_connection_error_cb cb, void *data) {
    server->connection_error = cb;
    server->connection_error_data = data;
}

void eio_server_on_headers(eio_server_t *server, eio_headers_cb cb, void *data) {
    server->headers = cb;
    server->headers_data = data;
}
