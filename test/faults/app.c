#include "faults/app.h"
#include <stdlib.h>
#include <string.h>

static int note(app_t *app, int rc) {
    if (rc < 0)
        app->told++;
    return rc;
}

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    (void) category, (void) text;
    note(data, level <= SIO_LOG_WARN ? -1 : 0);
}

/* --- events ----------------------------------------------------------------------------------- */

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    note(data, sio_emit_event(socket, "echo", event));
}

static void on_values(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text;
        if (note(data, sio_event_unpack(event, "s", &text)) < 0)
        return;
    json_t *value = sio_event_arg(event, 1);
    note(data, sio_emit(socket, "values", "{s:s,s:O?,s:f,s:B}", "text", text, "value", value,
                        "number", 0.1, "bytes", "\1\2\3", (size_t) 3));
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket;
    note(data, sio_event_ack_event(event, event));
}

static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    (void) reply;
    note(data, error);
    if (error == 0)
        note(data, sio_emit(socket, "answered"));
}

static void on_ask(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, sio_emit_with_ack(socket, 1000, on_answer, data, "question", "s", "why"));
}

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    if (note(data, sio_event_unpack(event, "s", &room)) < 0 || note(data, sio_join(socket, room)) < 0)
        return;
    note(data, sio_emit(sio_in(socket, room), "said", "s", "to others"));
    note(data, sio_emit(sio_except(sio_in(((app_t *) data)->server, room), "muted"), "said", "sB",
                        "to all", "\4\5", (size_t) 2));
}

static void on_leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    if (note(data, sio_event_unpack(event, "s", &room)) == 0)
        note(data, sio_leave(socket, room));
}

static void on_responses(sio_namespace_t *nsp, int error, sio_event_t *responses, void *data) {
    (void) nsp, (void) responses;
    note(data, error);
}

/* All in the room are asked; nobody answers. */
static void on_ask_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;
    if (note(data, sio_event_unpack(event, "s", &room)) == 0)
        note(data, sio_emit_with_ack(sio_in(sio_socket_server(socket), room), 100, on_responses,
                                     data, "poll"));
}

static void on_fetched(sio_namespace_t *nsp, int error, sio_remote_socket_t *const *sockets,
                       size_t count, void *data) {
    (void) nsp, (void) sockets, (void) count;
    note(data, error);
}

static void on_fetch(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, sio_fetch_sockets(sio_socket_namespace(socket), on_fetched, data));
}

static void on_tick(sio_socket_t *socket, void *data) {
    note(data, sio_emit(socket, "tick"));
}

static void on_after(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    if (sio_after(socket, 10, on_tick, data) == NULL)
        note(data, SIO_ENOMEM);
}

static void on_any(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) event, (void) data;
}

static void use_event(sio_socket_t *socket, sio_event_t *event, sio_next_t *next, void *data) {
    (void) socket, (void) event;
    note(data, sio_next(next));
}

static void on_listen(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, sio_on_any(socket, on_any, data));
    note(data, sio_use(socket, use_event, data));
    note(data, sio_on(socket, "own", on_echo, data));
}

static void on_kick(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    note(data, sio_disconnect(socket, 1));
}

/* --- sockets ---------------------------------------------------------------------------------- */

static void use_socket(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket;
    note(data, sio_next(next));
}

static void on_connection(sio_socket_t *socket, void *data) {
    note(data, sio_emit(socket, "hello", "s", sio_socket_id(socket)));
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket, (void) reason, (void) data;
}

static const struct {
    const char *event;
    sio_event_cb cb;
} handlers[] = {
    {"echo", on_echo}, {"values", on_values}, {"ack", on_ack},     {"ask", on_ask},
    {"join", on_join}, {"leave", on_leave},   {"poll", on_ask_all}, {"fetch", on_fetch},
    {"after", on_after}, {"listen", on_listen}, {"kick", on_kick},
};

static int set_up(sio_namespace_t *nsp, app_t *app) {
    int rc = nsp != NULL ? sio_on_connection(nsp, on_connection, app) : SIO_ENOMEM;
    if (rc == 0)
        rc = sio_on_disconnect(nsp, on_disconnect, app);
    if (rc == 0)
        rc = sio_use(nsp, use_socket, app);
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]) && rc == 0; i++)
        rc = sio_on(nsp, handlers[i].event, handlers[i].cb, app);
    return rc;
}

static void on_match(sio_match_t *match, const char *name, const json_t *auth, void *data) {
    (void) auth, (void) data;
    sio_match(match, strncmp(name, "/child", 6) == 0);
}

/* --- beside socket.io ------------------------------------------------------------------------- */

static void on_body(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    size_t length;
    const void *body = sio_http_body(request, &length);
    note(data, sio_http_header(response, "X-Own", "yes"));
    note(data, sio_http_end(response, body, length));
}

static void raw_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    (void) binary;
    note(data, sio_ws_send(ws, message, length));
}

static void raw_open(sio_ws_t *ws, void *data) {
    (void) data;
    sio_ws_on_message(ws, raw_message);
}

int app_start(app_t *app, uv_loop_t *loop, sio_options_t *options) {
    options->log = on_log;
    options->log_data = app;
    int rc = sio_server_new(&app->server, loop, options);
    if (rc < 0) {
        app->server = NULL;
        return rc;
    }
    rc = set_up(sio_of(app->server, "/"), app);
    if (rc == 0)
        rc = set_up(sio_of_match(app->server, on_match, app), app);
    if (rc == 0)
        rc = sio_http(app->server, "/body", on_body, app);
    if (rc == 0)
        rc = sio_ws(app->server, "/raw", raw_open, app);
    if (rc < 0) {
        sio_server_free(app->server);
        app->server = NULL;
    }
    return rc;
}
