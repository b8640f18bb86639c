#include "app.h"
#include "memory/network.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What hangs on each socket: its end is told once, and nothing after it. */
typedef struct {
    app_t *app;
    int connected, ending;
} card_t;

/* --- what is put off -------------------------------------------------------------------------- */

static void decide(sio_next_t *next, int refuses) {
    json_t *data = json_pack("{s:i}", "code", 7);
    int rc = refuses ? sio_next_error(next, "no", data) : sio_next(next);
    CHECK(rc == 0 || rc == SIO_ECLOSED);
    json_decref(data);
}

static void do_later(app_later_t *place) {
    app_later_t later = *place;
    place->app = NULL;
    if (later.event != NULL) {
        sio_event_ack_event(later.event, later.event);
        sio_event_unref(later.event);
    } else if (later.match != NULL) {
        sio_match(later.match, 1);
    } else if (later.allow != NULL) {
        sio_allow(later.allow);
    } else if (later.engine_next != NULL) {
        eio_next(later.engine_next);
    } else {
        decide(later.next, later.refuses);
    }
}

static void on_later(sio_server_t *server, void *data) {
    (void) server;
    do_later(data);
}

void app_hurry(app_t *app, unsigned number) {
    for (unsigned i = 0; i < APP_LATERS; i++) {
        app_later_t *place = &app->laters[(number + i) % APP_LATERS];
        if (place->app == NULL)
            continue;
        sio_timer_stop(place->timer);
        do_later(place);
        return;
    }
}

/* What is the application's to end, whatever has become of the others. */
static void give_up(const app_later_t *later) {
    sio_event_unref(later->event);
    if (later->allow != NULL)
        sio_deny(later->allow, NULL);
    if (later->engine_next != NULL)
        eio_next(later->engine_next);
}

/* Nonzero if it will be done; there may be no place for it, or the server has closed. */
static int put_off(app_t *app, app_later_t later) {
    for (size_t i = 0; i < APP_LATERS; i++) {
        app_later_t *place = &app->laters[i];
        if (place->app != NULL)
            continue;
        *place = later;
        place->timer = sio_server_after(app->server, APP_TIMER_MS, on_later, place);
        if (place->timer != NULL)
            place->app = app;
        return place->app != NULL;
    }
    return 0;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static void card_free(void *data) {
    card_t *card = data;
    card->app->data_taken++;
    free(card);
}

static card_t *card_of(sio_socket_t *socket) {
    card_t *card = sio_socket_data(socket);
    CHECK(card != NULL);
    return card;
}

static void look_at(const sio_socket_t *socket) {
    CHECK(strlen(sio_socket_id(socket)) >= 20);
    CHECK(sio_socket_url(socket)[0] == '/' || sio_socket_url(socket)[0] == 'h');
    CHECK(sio_socket_namespace(socket) != NULL);
    sio_socket_header(socket, "host");
    sio_socket_query(socket, "token");
    sio_socket_address(socket);
    sio_socket_transport(socket);
}

static int put_nothing(const char *room, void *data) {
    (void) data;
    CHECK(room != NULL);
    return 0;
}

static void on_connection(sio_socket_t *socket, void *data) {
    app_t *app = data;
    card_t *card = malloc(sizeof(*card));
    CHECK(card != NULL && sio_socket_connected(socket));
    *card = (card_t){.app = app, .connected = 1};
    sio_socket_set_data(socket, card, card_free);
    app->data_given++;
    app->connected++;
    look_at(socket);
    for (size_t i = 0; i < APP_SOCKETS; i++) {
        if (app->sockets[i] == NULL) {
            app->sockets[i] = socket;
            break;
        }
    }
    app_reach(app, APP_CONNECTION);
}

static void on_disconnecting(sio_socket_t *socket, sio_reason_t reason, void *data) {
    app_t *app = data;
    card_t *card = card_of(socket);
    (void) reason;
    CHECK(card->connected && !card->ending);
    card->ending = 1;
    app->disconnecting++;
    sio_socket_rooms(socket, put_nothing, NULL);
    app_reach(app, APP_DISCONNECTING);
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    app_t *app = data;
    card_t *card = card_of(socket);
    CHECK(card->connected && card->ending);
    CHECK(sio_emit(socket, "x") == SIO_ECLOSED && !sio_socket_connected(socket));
    CHECK(sio_reason_string(reason) != NULL);
    card->connected = 0;
    app->disconnected++;
    for (size_t i = 0; i < APP_SOCKETS; i++)
        if (app->sockets[i] == socket)
            app->sockets[i] = NULL;
    look_at(socket);
    app_reach(app, APP_DISCONNECT);
}

static void on_error(sio_socket_t *socket, const char *message, const json_t *error, void *data) {
    (void) error;
    CHECK(message != NULL && sio_socket_id(socket) != NULL);
    app_reach(data, APP_ERROR);
}

/* --- events ----------------------------------------------------------------------------------- */

/* An event whose name is a verb and a number. */
static void on_any(sio_socket_t *socket, sio_event_t *event, void *data) {
    app_t *app = data;
    const char *name = sio_event_name(event);
    CHECK(card_of(socket)->connected);
    CHECK(sio_event_socket(event) == socket);
    size_t length = 0, now = 0, last = sio_event_count(event) - 1;
    const char *text = sio_event_raw(event, last, &length);
    if (name[0] != '\0' && name[1] >= '0' && name[1] <= '9' && name[2] == '\0')
        app_do(app, name[0], (unsigned) (name[1] - '0'));
    /* Whatever has happened, the event is still there. */
    CHECK(sio_event_raw(event, last, &now) == text && now == length);
    for (size_t i = 0; i < sio_event_count(event); i++)
        CHECK(sio_event_arg(event, i) != NULL);
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
    sio_event_ack_event(event, event);
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    int waits = sio_event_wants_ack(event), rc = sio_ack(event, "s{s:i}", "ok", "n", 1);
    (void) socket, (void) data;
    CHECK(rc == 0 || rc == SIO_ECLOSED);
    if (rc == 0 && waits)
        CHECK(sio_ack(event) == SIO_EDONE);
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    (void) data;
    if (sio_event_unpack(event, "s", &room) < 0)
        return;
    int rc = sio_join(socket, room);
    CHECK(rc == 0 || rc == SIO_ECLOSED || rc == SIO_ETOOBIG);
    if (rc == 0)
        CHECK(sio_in_room(socket, room));
}

static void on_say(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_emit_event(sio_to(socket, room), "said", event);
}

/* As applications do it, and forward what they got in other ways. */
static void on_unpack(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text = NULL, *key = NULL;
    const void *bytes = NULL;
    size_t length = 0;
    json_t *value = sio_event_arg(event, 0);
    (void) data;
    if (sio_event_unpack(event, "{s:s,s?:s}", "a", &text, "b", &key) == 0)
        sio_emit(socket, "text", "ss?", text, key);
    if (sio_event_unpack(event, "B", &bytes, &length) == 0)
        sio_emit(socket, "bytes", "{s:B,s:i}", "bytes", bytes, length, "length", (int) length);
    if (json_is_array(value))
        sio_emit_json(socket, "json", value);
    else if (value != NULL)
        sio_emit(sio_broadcast(socket), "json", "O", value);
    text = sio_event_raw(event, 0, &length);
    if (text != NULL)
        sio_emit_raw(socket, "raw", text, length);
}

/* Acknowledged later, be the socket there or not. */
static void on_keep(sio_socket_t *socket, sio_event_t *event, void *data) {
    sio_event_t *kept = sio_event_ref(event);
    (void) socket;
    CHECK(kept != NULL);
    if (put_off(data, (app_later_t){.event = kept}))
        return;
    sio_event_ack_event(kept, kept);
    sio_event_unref(kept);
}

static void on_outgoing(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    CHECK(sio_event_name(event) != NULL);
    app_reach(data, APP_OUTGOING);
}

static void on_room(sio_namespace_t *nsp, sio_room_event_t what, const char *room, const char *id,
                    void *data) {
    CHECK(room != NULL && (id != NULL) == (what == SIO_ROOM_JOIN || what == SIO_ROOM_LEAVE));
    CHECK(sio_namespace_name(nsp)[0] == '/' && (id == NULL || strlen(id) >= 20));
    /* One that ends with its own room has not been told of, but its end is. */
    if (sio_namespace_socket(nsp, room) == NULL)
        app_reach(data, APP_ROOM);
}

/* --- middlewares ------------------------------------------------------------------------------ */

static void on_use(sio_socket_t *socket, sio_next_t *next, void *data) {
    app_t *app = data;
    json_t *auth = sio_socket_auth(socket);
    CHECK(json_is_object(auth) && !sio_socket_connected(socket));
    int refuses = json_object_get(auth, "no") != NULL;
    int later = json_object_get(auth, "later") != NULL;
    app_reach(app, APP_MIDDLEWARE);
    if (!later || !put_off(app, (app_later_t){.next = next, .refuses = refuses}))
        decide(next, refuses);
}

static void on_event_use(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    app_t *app = data;
    int refuses = strcmp(sio_event_name(event), "no") == 0;
    int later = strcmp(sio_event_name(event), "later") == 0;
    (void) socket;
    app_reach(app, APP_MIDDLEWARE);
    if (!later || !put_off(app, (app_later_t){.next = next}))
        decide(next, refuses);
}

void app_use(app_t *app, sio_socket_t *socket) {
    sio_socket_use(socket, on_event_use, app);
}

/* Namespaces that begin with /d, the decision perhaps later. */
static void on_match(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    int later = strncmp(name, "/dl", 3) == 0;
    CHECK(json_is_object(auth) && name[0] == '/');
    if (!later || !put_off(data, (app_later_t){.match = match}))
        sio_match(match, strncmp(name, "/d", 2) == 0);
}

/* --- HTTP and the engine ---------------------------------------------------------------------- */

static void on_http(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    size_t length;
    const void *body = sio_http_body(request, &length);
    app_reach(data, APP_HTTP);
    sio_http_write(response, sio_http_rest(request), strlen(sio_http_rest(request)));
    sio_http_end(response, body, length);
}

static void on_ws_message(sio_ws_t *ws, const void *message, size_t length, int binary,
                          void *data) {
    app_reach(data, APP_WS);
    if (length == 5 && memcmp(message, "close", 5) == 0)
        sio_ws_close(ws, 1000, NULL);
    else if (binary)
        sio_ws_send_binary(ws, message, length);
    else
        sio_ws_send(ws, message, length);
    sio_ws_ping(ws, "p", 1);
}

static void on_ws_close(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    app_t *app = data;
    (void) code, (void) reason, (void) length;
    CHECK(sio_ws_send(ws, "x", 1) == SIO_ECLOSED);
    app->raw_closed++;
    app_reach(app, APP_WS);
}

static void on_ws(sio_ws_t *ws, void *data) {
    app_t *app = data;
    app->raw_opened++;
    sio_ws_on_message(ws, on_ws_message);
    sio_ws_on_close(ws, on_ws_close);
    app_reach(app, APP_WS);
}

/* The end of a session is told by the last event. */
static void on_engine(eio_socket_t *socket, const eio_event_t *event, void *data) {
    app_t *app = data;
    CHECK(strlen(eio_socket_id(socket)) == 20);
    snprintf(app->session, sizeof(app->session), "%s", eio_socket_id(socket));
    CHECK(eio_socket_state(socket)[0] == 'o' || eio_socket_state(socket)[0] == 'c');
    app->sessions_opened += event->type == EIO_EVENT_OPEN;
    app->sessions_closed += event->type == EIO_EVENT_CLOSE;
    if (event->type != EIO_EVENT_CLOSE)
        app_reach(app, APP_ENGINE);
}

static void on_headers(sio_http_request_t *request, sio_http_response_t *response, int initial,
                       void *data) {
    CHECK(sio_http_url(request) != NULL);
    sio_http_header(response, initial ? "X-Initial" : "X-Later", "1");
    app_reach(data, APP_HEADERS);
}

static void on_refused(sio_http_request_t *request, int code, const char *message,
                       const char *context, void *data) {
    CHECK(sio_http_url(request) != NULL && message != NULL && context != NULL);
    CHECK(code >= 0 && code < SIO_STATS_REFUSALS);
    app_reach(data, APP_REFUSED);
}

static void on_allow(sio_allow_t *allow, sio_http_request_t *request, void *data) {
    app_t *app = data;
    const char *deny = sio_http_query(request, "deny");
    app_reach(app, APP_ALLOW);
    if (deny == NULL)
        sio_allow(allow);
    else if (strcmp(deny, "later") != 0)
        sio_deny(allow, deny);
    else if (!put_off(app, (app_later_t){.allow = allow}))
        sio_allow(allow);
}

/* A middleware of the engine: what the query says. */
static void on_engine_use(sio_http_request_t *request, sio_http_response_t *response,
                          eio_next_t *next, void *data) {
    const char *use = sio_http_query(request, "use");
    int upgrade = sio_http_header_in(request, "Upgrade") != NULL;
    app_reach(data, APP_ENGINE_USE);
    if (use == NULL)
        eio_next(next);
    else if (strcmp(use, "no") == 0)
        eio_next_error(next);
    else if (strcmp(use, "end") == 0 && !upgrade)
        sio_http_end(response, "ended", 5);
    else if (!put_off(data, (app_later_t){.engine_next = next}))
        eio_next(next);
}

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) level, (void) data;
    CHECK(category[0] != '\0' && strchr(text, '\n') == NULL);
}

/* --- life ------------------------------------------------------------------------------------- */

static void small_limits(sio_options_t *options) {
    options->max_payload = 200;
    options->max_attachments = 2;
    options->max_url_bytes = 120;
    options->max_header_bytes = 400;
    options->max_header_count = 10;
    options->max_buffered = 4000;
    options->max_ws_message = 100;
    options->max_http_body = 50;
}

void app_options(app_t *app, sio_options_t *options, char kind) {
    static const sio_cors_options_t cors = {.origin = "http://a.example", .credentials = 1};
    static const sio_cookie_options_t cookie = {.name = "io", .max_age = 10};
    static const sio_recovery_options_t recovery = {.max_disconnection_ms = 30000};
    *options = (sio_options_t) SIO_OPTIONS_INIT;
    options->serve_client = 0;
    options->allow_eio3 = 1;
    options->allow_v09 = 1;
    options->allow_request = on_allow;
    options->allow_request_data = app;
    options->log = on_log;
    switch (kind) {
    case 'd':
        options->per_message_deflate.enabled = 1;
        options->per_message_deflate.threshold = 16;
        options->per_message_deflate.mem_level = 1;
        options->http_compression.threshold = 16;
        options->cors = &cors;
        options->cookie = &cookie;
        return;
    case 'r':
        options->recovery = &recovery;
        options->cleanup_empty_child_namespaces = 1;
        options->initial_packet = "hello";
        return;
    case 'm':
        options->parser = sio_parser_msgpack();
        options->allow_v09 = 0;
        return;
    case 's':
        small_limits(options);
        return;
    case 'p':
        options->trusted_proxies = "127.0.0.0/8,10.0.0.0/8";
        options->original_url_header = "X-Original-URL";
        options->lenient_upgrade = 1;
        options->transports = "websocket,polling";
        return;
    default:
        return;
    }
}

/* The same for each namespace. */
static void attend(app_t *app, sio_namespace_t *nsp) {
    CHECK(sio_on_connection(nsp, on_connection, app) == 0);
    CHECK(sio_on_disconnecting(nsp, on_disconnecting, app) == 0);
    CHECK(sio_on_disconnect(nsp, on_disconnect, app) == 0);
    CHECK(sio_on_error(nsp, on_error, app) == 0);
    CHECK(sio_on_any(nsp, on_any, app) == 0);
    CHECK(sio_on_any_outgoing(nsp, on_outgoing, app) == 0);
    CHECK(sio_on(nsp, "echo", on_echo, app) == 0);
    CHECK(sio_on(nsp, "message", on_echo, app) == 0);
    CHECK(sio_on(nsp, "ack", on_ack, app) == 0);
    CHECK(sio_on(nsp, "join", on_join, app) == 0);
    CHECK(sio_on(nsp, "say", on_say, app) == 0);
    CHECK(sio_on(nsp, "keep", on_keep, app) == 0);
    CHECK(sio_on(nsp, "unpack", on_unpack, app) == 0);
    CHECK(sio_use(nsp, on_use, app) == 0);
    CHECK(sio_namespace_on_room(nsp, on_room, app) == 0);
}

void app_open(app_t *app, sio_server_t *server, char kind) {
    *app = (app_t){.server = server, .chat = sio_of(server, "/chat")};
    sio_namespace_t *dynamic = sio_of_match(server, on_match, app);
    sio_namespace_t *pattern = sio_of_pattern(server, "^/p[0-9]+$"); /* NULL: without PCRE2 */
    CHECK(app->chat != NULL && dynamic != NULL);
    attend(app, sio_of(server, "/"));
    attend(app, app->chat);
    attend(app, dynamic);
    if (pattern != NULL)
        attend(app, pattern);
    CHECK(sio_http(server, "/http", on_http, app) == 0);
    CHECK(sio_ws(server, "/raw", on_ws, app) == 0);
    CHECK(sio_on_headers(server, on_headers, app) == 0);
    CHECK(sio_on_connection_error(server, on_refused, app) == 0);
    eio_server_on_event(sio_server_engine(server), on_engine, app);
    if (kind == 'p')
        CHECK(eio_server_use(sio_server_engine(server), on_engine_use, app) == 0);
}

void app_check(app_t *app) {
    for (size_t i = 0; i < APP_SOCKETS; i++)
        CHECK(app->sockets[i] == NULL);
    for (size_t i = 0; i < APP_LATERS; i++) {
        CHECK(app->laters[i].app == NULL || app->closed); /* its timers went before */
        if (app->laters[i].app != NULL)
            give_up(&app->laters[i]);
    }
    sio_broadcast_unref(app->kept);
    app->kept = NULL;
    CHECK(app->connected == app->disconnecting && app->connected == app->disconnected);
    CHECK(app->data_given == app->data_taken);
    CHECK(app->asked == app->answered);
    CHECK(app->broadcast == app->responded);
    CHECK(app->fetched == app->found);
    CHECK(app->raw_opened == app->raw_closed);
    CHECK(app->sessions_opened <= app->sessions_closed); /* who ends at once has not opened */
    CHECK(app->closing == app->closed);
    CHECK(app->depth == 0);
}
