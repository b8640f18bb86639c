/* Requests of 0.9 clients: `<path>/1/`, the handshake, and `<path>/1/<transport>/<sid>`. */
#include "base/buf.h"
#include "base/text.h"
#include "eio/absence.h"
#include "eio/allow.h"
#include "eio/handshake.h"
#include "eio/reply.h"
#include "eio/script.h"
#include "eio/v09/v09.h"
#include "net/origin.h"
#include <stdio.h>
#include <string.h>

/* --- which it is ---------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    size_t length;
} piece_t;

/* The pieces of "/a/b/c"; those that are not there are empty. */
typedef struct {
    piece_t version, transport, sid;
} pieces_t;

static piece_t next_piece(const char **at) {
    while (**at == '/')
        ++*at;
    piece_t piece = {*at, strcspn(*at, "/")};
    *at += piece.length;
    return piece;
}

static pieces_t read_pieces(const sio_http_request_t *request) {
    const char *at = sio_http_rest(request);
    pieces_t pieces;
    pieces.version = next_piece(&at);
    pieces.transport = next_piece(&at);
    pieces.sid = next_piece(&at);
    return pieces;
}

static int is(piece_t piece, const char *text) {
    return piece.length == strlen(text) && memcmp(piece.text, text, piece.length) == 0;
}

/* A number in the place of the version is for these clients; the engine's own have parameters
 * instead [L1]. */
int eio__v09_is(const eio_server_t *server, const sio_http_request_t *request) {
    if (server->v09 == NULL)
        return 0;
    piece_t version = read_pieces(request).version;
    if (version.length == 0)
        return sio_http_query(request, "EIO") == NULL &&
               sio_http_query(request, "transport") == NULL;
    return strspn(version.text, "0123456789") >= version.length;
}

static const struct {
    const char *name;
    eio__v09_kind_t kind;
} kinds[] = {
    {"websocket", EIO__V09_WEBSOCKET},
    {"htmlfile", EIO__V09_HTMLFILE},
    {"xhr-polling", EIO__V09_XHR},
    {"jsonp-polling", EIO__V09_JSONP},
};

static eio__v09_kind_t kind_of(const eio_server_t *server, piece_t name) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (is(name, kinds[i].name) &&
            sio__text_list_has(server->options.v09.transports, name.text, name.length, 0))
            return kinds[i].kind;
    return EIO__V09_NONE;
}

/* --- the handshake -------------------------------------------------------------------------- */

void eio__v09_origin(const eio_server_t *server, const sio_http_request_t *request,
                     sio_http_response_t *response) {
    const char *origin = sio_http_header_in(request, "Origin");
    if (origin == NULL || !sio__cors_allows(server->cors, request))
        return;
    sio_http_header(response, "Access-Control-Allow-Origin", origin);
    sio_http_header(response, "Access-Control-Allow-Credentials", "true");
}

/* The index of a handshake by JSONP; NULL: a plain one. */
static const char *jsonp_of(const sio_http_request_t *request) {
    const char *index = sio_http_query(request, "jsonp");
    size_t digits = index != NULL ? strspn(index, "0123456789") : 0;
    return digits > 0 && digits < 16 && index[digits] == '\0' ? index : NULL;
}

static void end(eio_server_t *server, sio_http_request_t *request, sio_http_response_t *response,
                sio__buf_t *body, const char *type, int initial) {
    sio_http_header(response, "Content-Type", type);
    eio__v09_origin(server, request, response);
    eio__reply_headers(server, request, response, initial, 0);
    eio__reply_end(response, body->data, body->length);
}

/* `text` in a call of the client's function; an error is made an Error in it, with status 200,
 * since a script that fails to load says nothing [L2]. */
static void answer(eio_server_t *server, sio_http_request_t *request,
                   sio_http_response_t *response, int status, const char *text) {
    const char *index = jsonp_of(request);
    sio__buf_t body = {0};
    int failed = status != 200;
    int rc = 0;
    if (index == NULL) {
        sio_http_status(response, status);
        rc = sio__buf_puts(&body, text);
    } else {
        const char *const parts[] = {"io.j[", index, failed ? "](new Error(\"" : "](\"", text,
                                     failed ? "\"));" : "\");"};
        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++)
            rc = sio__buf_puts(&body, parts[i]);
    }
    if (rc < 0)
        sio__response_abort(response);
    else
        end(server, request, response, &body,
            index != NULL ? "application/javascript" : "text/plain", !failed);
    sio__buf_free(&body);
}

/* A time in seconds, as 0.9 counts. */
static void put_seconds(char *text, size_t size, uint32_t ms) {
    if (ms % 1000 == 0)
        snprintf(text, size, "%u", (unsigned) (ms / 1000));
    else
        snprintf(text, size, "%u.%03u", (unsigned) (ms / 1000), (unsigned) (ms % 1000));
}

/* sid, heartbeat time-out, close time-out, transports. */
static int put_handshake(const sio_v09_options_t *options, const char *sid, sio__buf_t *text) {
    char heartbeat[24] = "", close[24];
    if (options->heartbeats)
        put_seconds(heartbeat, sizeof(heartbeat), options->heartbeat_timeout_ms);
    put_seconds(close, sizeof(close), options->close_timeout_ms);
    const char *const parts[] = {sid, ":", heartbeat, ":", close, ":"};
    int rc = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++)
        rc = sio__buf_puts(text, parts[i]);
    const char *cursor = options->transports, *item;
    size_t length;
    for (int first = 1; rc == 0 && sio__text_list_next(&cursor, &item, &length); first = 0) {
        rc = first ? 0 : sio__buf_puts(text, ",");
        if (rc == 0)
            rc = sio__buf_append(text, item, length);
    }
    return rc < 0 ? rc : sio__buf_append(text, "", 1);
}

void eio__v09_unauthorized(eio_server_t *server, sio_http_request_t *request,
                           sio_http_response_t *response) {
    answer(server, request, response, 403, "handshake unauthorized");
}

static void answer_busy(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response) {
    sio_http_header(response, "Retry-After", "1");
    answer(server, request, response, 503, "handshake error");
}

void eio__v09_handshake(eio_server_t *server, sio_http_request_t *request,
                        sio_http_response_t *response) {
    char id[EIO__ID_CAPACITY];
    sio__buf_t text = {0};
    if (server->closing) {
        eio__reply_empty(response, 503);
        return;
    }
    if (eio__absence_is_full(server)) {
        answer_busy(server, request, response);
        return;
    }
    if (eio__handshake_id(server, request, id) != 0) {
        answer(server, request, response, 500, "handshake error");
        return;
    }
    if (put_handshake(&server->options.v09, id, &text) < 0 ||
        eio__v09_open(server, id, sio__request_head(request)) == NULL)
        eio__reply_empty(response, 503);
    else
        answer(server, request, response, 200, text.data);
    sio__buf_free(&text);
}

/* Nonzero if a page of this origin may not begin a session, nor go on with one by WebSocket. */
static int is_forbidden(const eio_server_t *server, const sio_http_request_t *request) {
    const char *origin;
    if (!server->checks_origin || sio__origin_may(request, server->cors, jsonp_of(request) != NULL, &origin))
        return 0;
    sio__limited(server->loop, SIO_LIMIT_ORIGIN, "engine", "refused: a page of %s", origin);
    return 1;
}

static void begin_handshake(eio_server_t *server, sio_http_request_t *request,
                            sio_http_response_t *response) {
    const eio__query_t query = {.v09 = 1};
    if (is_forbidden(server, request))
        answer(server, request, response, 403, "handshake bad origin"); /* [L8] */
    else if (!sio__limit_take_handshake(server->loop, "engine"))
        answer_busy(server, request, response);
    else if (server->options.allow_request != NULL)
        eio__allow_ask(server, request, response, 0, &query);
    else
        eio__v09_handshake(server, request, response);
}

/* --- transports ----------------------------------------------------------------------------- */

static eio_socket_t *find(const eio_server_t *server, piece_t sid) {
    eio_socket_t *socket = sio__idmap_find(&server->sessions, sid.text, sid.length);
    return socket != NULL && socket->dialect == EIO__DIALECT_V09 ? socket : NULL;
}

static void on_get(eio_server_t *server, eio_socket_t *socket, eio__v09_kind_t kind,
                   sio_http_request_t *request, sio_http_response_t *response) {
    static const char unknown[] = "7:::1+0"; /* client not handshaken, reconnect */
    if (kind == EIO__V09_WEBSOCKET)
        sio__response_abort(response); /* without an upgrade */
    else if (socket == NULL && kind == EIO__V09_HTMLFILE)
        eio__v09_page_of_one(server, request, response, unknown);
    else if (socket == NULL)
        eio__v09_answer_one(server, kind, request, response, unknown);
    else if (kind == EIO__V09_HTMLFILE)
        eio__v09_htmlfile(socket, request, response);
    else
        eio__v09_poll(socket, kind, request, response);
}

static void on_request(eio_server_t *server, const pieces_t *pieces, sio_http_request_t *request,
                       sio_http_response_t *response, int complete) {
    const char *method = sio_http_method(request);
    eio__v09_kind_t kind = kind_of(server, pieces->transport);
    eio_socket_t *socket = find(server, pieces->sid);
    if (sio_http_query(request, "disconnect") != NULL) {
        if (socket != NULL)
            eio__v09_boot(socket);
        eio__v09_origin(server, request, response);
        eio__reply_empty(response, 200);
    } else if (kind == EIO__V09_NONE) {
        sio__tell(server->loop, SIO__TOLD_ENGINE, SIO_LOG_WARN, "engine",
                  "refused: unknown transport of 0.9");
        sio__response_abort(response); /* [L8] */
    } else if (strcmp(method, "POST") == 0) {
        eio__v09_post(socket, kind, server, request, response, complete);
    } else if (strcmp(method, "GET") == 0) {
        on_get(server, socket, kind, request, response);
    } else {
        eio__reply_empty(response, 500);
    }
}

static void on_upgrade(eio_server_t *server, const pieces_t *pieces, sio_http_request_t *request,
                       sio_http_response_t *response) {
    if (is_forbidden(server, request))
        sio__response_refuse_upgrade(response, 403, "Forbidden");
    else if (is(pieces->version, "1") && kind_of(server, pieces->transport) == EIO__V09_WEBSOCKET)
        eio__v09_websocket(server, find(server, pieces->sid), request, response);
    else
        sio__response_abort(response);
}

void eio__v09_request(eio_server_t *server, sio_http_request_t *request,
                      sio_http_response_t *response, int upgrade, int complete) {
    static const char welcome[] = "Welcome to socket.io.";
    static const char version[] = "Protocol version not supported.";
    const pieces_t pieces = read_pieces(request);
    if (upgrade) {
        on_upgrade(server, &pieces, request, response);
    } else if (pieces.version.length == 0) {
        eio__reply_end(response, welcome, sizeof(welcome) - 1);
    } else if (!is(pieces.version, "1")) {
        sio_http_status(response, 500);
        eio__reply_end(response, version, sizeof(version) - 1);
    } else if (pieces.sid.length > 0) {
        on_request(server, &pieces, request, response, complete);
    } else {
        begin_handshake(server, request, response);
    }
}
