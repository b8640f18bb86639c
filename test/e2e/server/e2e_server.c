/**
 * A server for the end-to-end tests: handlers that show one thing each, and /stats.
 *
 * e2e_server [--OPTION VALUE]...   with the names of the table below; prints "listening on URL".
 */
#include "dynamic.h"
#include "hooks.h"
#include "many.h"
#include "stats.h"
#include "tls.h"

#include <sio.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct app_s {
    sio_server_t *io;
    size_t disconnects[SIO_REASON_SERVER_NAMESPACE_DISCONNECT + 1];
    size_t connections;
    size_t acks_waiting, acks_answered, acks_timed_out, acks_closed;
    size_t second_middleware;
    size_t next_closed;
    size_t raw_open;
} app_t;

static const char *const namespaces[] = {"/",     "/custom", "/admin", "/refused",
                                         "/slow", "/chain",  "/other", "/hooks"};
#define NAMESPACE_COUNT (sizeof namespaces / sizeof *namespaces)

/* --- echoes and acks ------------------------------------------------------------------------- */

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(socket, "echo", event);
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_event_ack_event(event, event);
}

static void on_sum(sio_socket_t *socket, sio_event_t *event, void *data) {
    int a, b;

    (void) socket, (void) data;
    int rc = sio_event_unpack(event, "ii", &a, &b);
    if (rc < 0)
        sio_ack(event, "s", sio_err_name(rc));
    else
        sio_ack(event, "i", a + b);
}

/** Takes a binary out of an object in an array, and answers with binaries at several depths. */
static void on_nested(sio_socket_t *socket, sio_event_t *event, void *data) {
    const void *bytes;
    size_t length;

    (void) data;
    int rc = sio_event_unpack(event, "{s:[iB]}", "list", &(int){0}, &bytes, &length);
    if (rc < 0) {
        sio_emit(socket, "nested", "s", sio_err_name(rc));
        return;
    }
    sio_emit(socket, "nested", "{s:B,s:[i,{s:B}]}B", "a", bytes, length, "b", 7, "c", "xyz",
             (size_t) 3, "", (size_t) 0);
    sio_ack(event, "[B]", bytes, length);
}

static void on_double_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    int first = sio_ack(event, "i", 1);
    int second = sio_ack(event, "i", 2);
    sio_emit(socket, "double-ack", "is", first, sio_err_name(second));
}

static void late_ack(sio_server_t *server, void *data) {
    sio_event_t *event = data;

    (void) server;
    sio_event_ack_event(event, event);
    sio_event_unref(event);
}

/** Acks with the event's own arguments after as many milliseconds as the first one says. */
static void on_late_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    int ms;

    (void) data;
    if (sio_event_unpack(event, "i", &ms) < 0 || ms < 0)
        return;
    sio_event_t *kept = sio_event_ref(event);
    if (kept && sio_after(sio_socket_server(socket), (uint64_t) ms, late_ack, kept) == NULL)
        sio_event_unref(kept);
}

static void on_answer(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    app_t *app = data;

    app->acks_waiting--;
    if (error == SIO_ETIMEDOUT)
        app->acks_timed_out++;
    else if (error == SIO_ECLOSED)
        app->acks_closed++;
    else
        app->acks_answered++;
    if (error == 0)
        sio_emit_event(socket, "answer", reply);
    else
        sio_emit(socket, "no-answer", "s", sio_err_name(error));
}

/** ask(timeout, ...): asks back, with the same arguments. */
static void on_ask(sio_socket_t *socket, sio_event_t *event, void *data) {
    app_t *app = data;
    int ms;

    if (sio_event_unpack(event, "i", &ms) < 0 || ms < 0)
        return;
    if (sio_socket_emit_event_with_ack(socket, (uint32_t) ms, on_answer, app, "question",
                                       event) == 0)
        app->acks_waiting++;
}

/* --- rooms and broadcasts -------------------------------------------------------------------- */

static void on_join(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_ack(event, "i", sio_join(socket, room));
}

static void on_leave(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_ack(event, "i", sio_leave(socket, room));
}

static int add_room(const char *room, void *list) {
    return json_array_append_new(list, json_string(room));
}

static void on_rooms(sio_socket_t *socket, sio_event_t *event, void *data) {
    json_t *list = json_array();

    (void) data;
    sio_socket_rooms(socket, add_room, list);
    sio_ack(event, "o", list);
}

/** to(room, text): the room without the sender. */
static void on_to(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room, *text;

    (void) data;
    if (sio_event_unpack(event, "ss", &room, &text) == 0)
        sio_emit(sio_to(socket, room), "said", "s", text);
}

/** in(room, ...): the room with the sender; everything that came is forwarded. */
static void on_in(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room;

    (void) data;
    if (sio_event_unpack(event, "s", &room) == 0)
        sio_emit_event(sio_in(sio_socket_namespace(socket), room), "said", event);
}

/** union(room, room, text): who is in both gets it once. */
static void on_union(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *one, *two, *text;

    if (sio_event_unpack(event, "sss", &one, &two, &text) == 0)
        sio_emit(sio_to(sio_to(((app_t *) data)->io, one), two), "said", "s", text);
    (void) socket;
}

/** except(room, text): everyone but that room. */
static void on_except(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *room, *text;

    (void) data;
    if (sio_event_unpack(event, "ss", &room, &text) == 0)
        sio_emit(sio_except(sio_socket_namespace(socket), room), "said", "s", text);
}

static void on_broadcast(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_broadcast(socket), "said", event);
}

static void on_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_socket_namespace(socket), "said", event);
}

static void on_volatile(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_volatile(socket), "volatile", event);
}

static void on_volatile_all(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_emit_event(sio_volatile(sio_socket_namespace(socket)), "volatile", event);
}

/* --- sequences, sizes, timers ---------------------------------------------------------------- */

static void on_count(sio_socket_t *socket, sio_event_t *event, void *data) {
    int n;

    (void) data;
    if (sio_event_unpack(event, "i", &n) < 0)
        return;
    for (int i = 0; i < n; i++)
        sio_emit(socket, "number", "i", i);
}

/** big(length, binary): a text or a binary of that many bytes. */
static void on_big(sio_socket_t *socket, sio_event_t *event, void *data) {
    int length, binary;

    (void) data;
    if (sio_event_unpack(event, "ib", &length, &binary) < 0 || length < 0)
        return;
    char *bytes = malloc((size_t) length + 1);
    if (bytes == NULL)
        return;
    for (int i = 0; i < length; i++)
        bytes[i] = (char) ('a' + i % 26);
    sio_emit(socket, "big", binary ? "B" : "s%", bytes, (size_t) length);
    free(bytes);
}

static void on_tick(sio_socket_t *socket, void *data) {
    (void) data;
    sio_emit(socket, "tick");
}

static void on_after(sio_socket_t *socket, sio_event_t *event, void *data) {
    int ms;

    (void) data;
    if (sio_event_unpack(event, "i", &ms) == 0 && ms >= 0)
        sio_after(socket, (uint64_t) ms, on_tick, NULL);
}

static void on_every(sio_socket_t *socket, sio_event_t *event, void *data) {
    int ms;

    (void) data;
    if (sio_event_unpack(event, "i", &ms) == 0 && ms > 0)
        sio_every(socket, (uint64_t) ms, on_tick, NULL);
}

/* --- the socket itself ----------------------------------------------------------------------- */

static void on_kick(sio_socket_t *socket, sio_event_t *event, void *data) {
    int whole = 0;

    (void) data;
    if (sio_event_unpack(event, "b", &whole) < 0)
        return;
    sio_disconnect(socket, whole);
    if (sio_emit(socket, "after the end") != SIO_ECLOSED)
        abort();
}

static void on_reserved(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *name;

    (void) data;
    if (sio_event_unpack(event, "s", &name) == 0)
        sio_ack(event, "s", sio_err_name(sio_emit(socket, name)));
}

static void on_handshake(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "o", sio_socket_handshake(socket));
}

static void on_self(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *custom = sio_socket_query(socket, "custom");

    (void) data;
    sio_ack(event, "{s:s,s:s,s:s,s:s?,s:b}", "id", sio_socket_id(socket), "transport",
            sio_socket_transport(socket), "address", sio_socket_address(socket), "custom", custom,
            "connected", sio_socket_connected(socket));
}

static void on_connection(sio_socket_t *socket, void *data) {
    ((app_t *) data)->connections++;
    sio_emit(socket, "auth", "O?", sio_socket_auth(socket));
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    (void) socket;
    ((app_t *) data)->disconnects[reason]++;
}

/* --- middleware ------------------------------------------------------------------------------ */

static void use_token(sio_socket_t *socket, sio_next_t *next, void *data) {
    const char *token = json_string_value(json_object_get(sio_socket_auth(socket), "token"));

    (void) data;
    if (token && strcmp(token, "secret") == 0) {
        sio_next(next);
        return;
    }
    json_t *details = json_pack("{s:i,s:[s,n]}", "code", 401, "path", "token");
    sio_next_error(next, "not authorized", details);
    json_decref(details);
}

static void use_refuse(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket, (void) data;
    sio_next_error(next, "refused", NULL);
}

static void use_count(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket;
    ((app_t *) data)->second_middleware++;
    sio_next(next);
}

static void use_join(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) data;
    sio_join(socket, "from middleware");
    sio_next(next);
}

typedef struct slow_s {
    app_t *app;
    sio_next_t *next;
} slow_t;

static void slow_next(sio_server_t *server, void *data) {
    slow_t *slow = data;

    (void) server;
    if (sio_next(slow->next) == SIO_ECLOSED)
        slow->app->next_closed++;
    free(slow);
}

static void use_slow(sio_socket_t *socket, sio_next_t *next, void *data) {
    slow_t *slow = malloc(sizeof *slow);

    if (slow) {
        slow->app = data;
        slow->next = next;
        if (sio_after(sio_socket_server(socket), 150, slow_next, slow))
            return;
    }
    free(slow);
    sio_next_error(next, "out of memory", NULL);
}

/* --- raw WebSocket and /stats ---------------------------------------------------------------- */

static void raw_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    (void) data;
    if (binary)
        sio_ws_send_binary(ws, message, length);
    else
        sio_ws_send(ws, message, length);
}

static void raw_close(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    (void) ws, (void) code, (void) reason, (void) length;
    ((app_t *) data)->raw_open--;
}

static void raw_open(sio_ws_t *ws, void *data) {
    ((app_t *) data)->raw_open++;
    sio_ws_on_message(ws, raw_message);
    sio_ws_on_close(ws, raw_close);
}

static json_t *count(size_t n) {
    return json_integer((json_int_t) n);
}

static json_t *stats(const app_t *app) {
    json_t *sockets = json_object();
    json_t *disconnects = json_object();

    for (size_t i = 0; i < NAMESPACE_COUNT; i++)
        json_object_set_new(sockets, namespaces[i],
                            count(sio_namespace_count(sio_of(app->io, namespaces[i]))));
    for (size_t i = 0; i < sizeof app->disconnects / sizeof *app->disconnects; i++)
        json_object_set_new(disconnects, sio_reason_string((sio_reason_t) i),
                            count(app->disconnects[i]));
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I}", "clients",
                     count(sio_server_clients(app->io)), "sockets", sockets, "disconnects",
                     disconnects, "connections", count(app->connections), "acksWaiting",
                     count(app->acks_waiting), "acksAnswered", count(app->acks_answered),
                     "acksTimedOut", count(app->acks_timed_out), "acksClosed",
                     count(app->acks_closed), "secondMiddleware", count(app->second_middleware),
                     "nextClosed", count(app->next_closed), "raw", count(app->raw_open),
                     "descriptors", (json_int_t) stats_descriptors(), "heap",
                     (json_int_t) stats_heap());
}

static void on_stats(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    json_t *object = stats(data);
    char *text = json_dumps(object, JSON_COMPACT);

    (void) request;
    sio_http_header(response, "Content-Type", "application/json");
    sio_http_status(response, text ? 200 : 500);
    sio_http_end(response, text, text ? strlen(text) : 0);
    free(text);
    json_decref(object);
}

/** Sends a body back: something to vanish from in the middle. */
static void on_body(sio_http_request_t *request, sio_http_response_t *response, void *data) {
    size_t length;
    const void *body = sio_http_body(request, &length);

    (void) data;
    sio_http_end(response, body, length);
}

/* --- set-up ---------------------------------------------------------------------------------- */

static const struct {
    const char *event;
    sio_event_cb cb;
} handlers[] = {
    {"echo", on_echo},         {"ack", on_ack},
    {"sum", on_sum},           {"nested", on_nested},
    {"double-ack", on_double_ack}, {"late-ack", on_late_ack},
    {"ask", on_ask},           {"join", on_join},
    {"leave", on_leave},       {"rooms", on_rooms},
    {"to", on_to},             {"in", on_in},
    {"union", on_union},       {"except", on_except},
    {"broadcast", on_broadcast}, {"all", on_all},
    {"volatile", on_volatile}, {"volatile-all", on_volatile_all},
    {"count", on_count},
    {"big", on_big},           {"after", on_after},
    {"every", on_every},       {"kick", on_kick},
    {"reserved", on_reserved}, {"handshake", on_handshake},
    {"self", on_self},
};

static int set_up_namespace(sio_namespace_t *nsp, void *data) {
    app_t *app = data;
    int rc = nsp ? sio_on_connection(nsp, on_connection, app) : SIO_ENOMEM;

    if (rc == 0)
        rc = sio_on_disconnect(nsp, on_disconnect, app);
    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = sio_on(nsp, handlers[i].event, handlers[i].cb, app);
    return rc < 0 ? rc : many_set_up(nsp);
}

static int set_up(app_t *app) {
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < NAMESPACE_COUNT; i++)
        rc = set_up_namespace(sio_of(app->io, namespaces[i]), app);
    if (rc == 0)
        rc = hooks_set_up(sio_of(app->io, "/hooks"));
    if (rc == 0)
        rc = dynamic_set_up(app->io, set_up_namespace, app);
    if (rc < 0 || (rc = sio_use(sio_of(app->io, "/admin"), use_token, app)) < 0 ||
        (rc = sio_use(sio_of(app->io, "/refused"), use_refuse, app)) < 0 ||
        (rc = sio_use(sio_of(app->io, "/refused"), use_count, app)) < 0 ||
        (rc = sio_use(sio_of(app->io, "/slow"), use_slow, app)) < 0 ||
        (rc = sio_use(sio_of(app->io, "/chain"), use_join, app)) < 0 ||
        (rc = sio_use(sio_of(app->io, "/chain"), use_count, app)) < 0 ||
        (rc = sio_http(app->io, "/stats", on_stats, app)) < 0 ||
        (rc = sio_http(app->io, "/body", on_body, app)) < 0 ||
        (rc = sio_ws(app->io, "/raw", raw_open, app)) < 0)
        return rc;
    return 0;
}

/** By the names of the library; a time may leave out its unit, and "v09-" stands for "v09.". */
static int set_option(sio_options_t *options, const char *flag, const char *value) {
    char name[64];

    snprintf(name, sizeof name, "%s_ms", strncmp(flag, "--", 2) == 0 ? flag + 2 : "");
    if (strncmp(name, "v09-", 4) == 0)
        name[3] = '.';
    int rc = sio_options_set(options, name, value);
    if (rc == SIO_ENOENT) {
        name[strlen(name) - 3] = '\0';
        rc = sio_options_set(options, name, value);
    }
    if (rc < 0)
        fprintf(stderr, "e2e_server: %s\n", sio_options_error(options));
    return rc;
}

int main(int argc, char **argv) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_recovery_options_t recovery = {0};
    app_t app = {0};
    tls_t tls = TLS_INIT;
    int port = 0;

    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--port") == 0) {
            port = (int) strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--parser") == 0) {
            options.parser = sio_parser_msgpack();
        } else if (strcmp(argv[i], "--deflate") == 0) {
            options.per_message_deflate.enabled = 1;
            options.per_message_deflate.threshold = (uint32_t) strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--own-context") == 0) {
            options.per_message_deflate.server_no_context_takeover = *value == '0';
        } else if (strcmp(argv[i], "--window-bits") == 0) {
            options.per_message_deflate.server_max_window_bits = (int) strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--eio3") == 0) {
            options.allow_eio3 = strcmp(value, "off") != 0;
        } else if (strcmp(argv[i], "--v09") == 0) {
            options.allow_v09 = strcmp(value, "off") != 0;
        } else if (strcmp(argv[i], "--recovery") == 0) {
            recovery.max_disconnection_ms = (uint32_t) strtoul(value, NULL, 10);
            options.recovery = &recovery;
        } else if (strcmp(argv[i], "--log") == 0) {
            options.log = tls_log;
        } else if (tls_option(&tls, argv[i], value)) {
            continue;
        } else if (set_option(&options, argv[i], value) < 0) {
            sio_options_clear(&options);
            return 2;
        }
    }

    int rc = sio_server_new(&app.io, NULL, &options);
    sio_options_clear(&options);
    if (rc == 0)
        rc = set_up(&app);
    if (rc == 0)
        rc = sio_listen(app.io, "127.0.0.1", port);
    if (rc == 0)
        rc = tls_set_up(&tls, app.io);
    if (rc == 0) {
        printf("listening on http://127.0.0.1:%d", sio_server_port(app.io));
        if (tls.tls)
            printf(" and https://127.0.0.1:%d", sio_server_tls_port(app.io));
        printf("\n");
        fflush(stdout);
        rc = sio_run(app.io);
    }
    sio_server_free(app.io);
    tls_free(&tls);
    if (rc < 0)
        fprintf(stderr, "e2e_server: %s\n", sio_strerror(rc));
    return rc < 0;
}
