/** Profile client: what the test suite of socket.io-client asks of its server. */
#include "conformance.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- the namespaces -------------------------------------------------------------------------- */

static void refuse_failing(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) data;
    if (sio_socket_query(socket, "fail") != NULL)
        sio_next_error(next, "Auth failed (main namespace)", NULL);
    else
        sio_next(next);
}

static void refuse_all(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket, (void) data;
    sio_next_error(next, "Auth failed (custom namespace)", NULL);
}

static void tell_handshake(sio_socket_t *socket, void *data) {
    (void) data;
    sio_emit(socket, "handshake", "o", sio_socket_handshake(socket));
}

static void on_get_id(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "s", sio_socket_id(socket));
}

/* --- texts, values, dates -------------------------------------------------------------------- */

static void on_hi(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "hi");
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_ack(event, "a", event, 0);
}

static void on_acked(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    int five, yes;

    (void) data;
    if (error == 0 && sio_event_unpack(reply, "i{s:b}", &five, "test", &yes) == 0 && five == 5 &&
        yes)
        sio_emit(socket, "got it");
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit_with_ack(socket, 0, on_acked, NULL, "ack");
}

/** As JavaScript's Date becomes JSON. */
static const char *now_text(char text[32]) {
    struct timespec now;
    struct tm date;

    timespec_get(&now, TIME_UTC);
    size_t length = gmtime_r(&now.tv_sec, &date) != NULL
                        ? strftime(text, 24, "%Y-%m-%dT%H:%M:%S", &date)
                        : 0;
    snprintf(text + length, 32 - length, ".%03dZ", (int) (now.tv_nsec / 1000000));
    return text;
}

static void on_get_ack_date(sio_socket_t *socket, sio_event_t *event, void *data) {
    char text[32];

    (void) socket, (void) data;
    sio_ack(event, "s", now_text(text));
}

static void on_get_date(sio_socket_t *socket, sio_event_t *event, void *data) {
    char text[32];

    (void) event, (void) data;
    sio_emit(socket, "takeDate", "s", now_text(text));
}

static void on_get_date_object(sio_socket_t *socket, sio_event_t *event, void *data) {
    char text[32];

    (void) event, (void) data;
    sio_emit(socket, "takeDateObj", "{s:s}", "date", now_text(text));
}

static void on_get_utf8(sio_socket_t *socket, sio_event_t *event, void *data) {
    static const char *const texts[] = {"てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string",
                                        "utf8 — string"};

    (void) event, (void) data;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sio_emit(socket, "takeUtf8", "s", texts[i]);
}

static void on_false(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "false", "b", 0);
}

static void on_get_handshake(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "o", sio_socket_handshake(socket));
}

/* --- binaries -------------------------------------------------------------------------------- */

static const char bytes[] = "asdfasdf";

static int is_binary(sio_event_t *event, size_t index) {
    size_t length;
    return sio_event_binary(event, index, &length) != NULL;
}

static void on_doge(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "doge", "B", bytes, sizeof bytes - 1);
}

static void on_getbin(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "takebin", "B", bytes, sizeof bytes - 1);
}

static void on_buffa(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    if (is_binary(event, 0))
        sio_emit(socket, "buffack");
}

/** @p data is the name of the answer. */
static void on_json_with_binary(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *hello, *goodbye;
    const void *message;
    size_t length;

    if (sio_event_unpack(event, "{s:s,s:B,s:s}", "hello", &hello, "message", &message, &length,
                         "goodbye", &goodbye) == 0 &&
        strcmp(hello, "lol") == 0 && strcmp(goodbye, "gotcha") == 0)
        sio_emit(socket, data);
}

/** How many of a sequence of events have come as they should; kept as the socket's data. */
static void take_step(sio_socket_t *socket, intptr_t step, int good, const char *answer) {
    intptr_t steps = (intptr_t) sio_socket_data(socket);

    steps = good && steps == step - 1 ? step : 0;
    sio_socket_set_data(socket, (void *) steps, NULL);
    if (answer != NULL && steps == step)
        sio_emit(socket, answer);
}

static void on_abuff1(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_socket_set_data(socket, NULL, NULL);
    take_step(socket, 1, is_binary(event, 0), NULL);
}

static void on_abuff2(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    take_step(socket, 2, 1, "abuff2-ack");
}

static void on_blob(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    if (is_binary(event, 0))
        sio_emit(socket, "back");
}

static void on_blob1(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_socket_set_data(socket, NULL, NULL);
    take_step(socket, 1, is_binary(event, 0), NULL);
}

static void on_blob2(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *text;

    (void) data;
    take_step(socket, 2, sio_event_unpack(event, "s", &text) == 0 && strcmp(text, "second") == 0,
              NULL);
}

static void on_blob3(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    take_step(socket, 3, is_binary(event, 0), "blob3-ack");
}

/* --- set-up ---------------------------------------------------------------------------------- */

static const struct {
    const char *event;
    sio_event_cb cb;
    const char *answer;
} handlers[] = {
    {"hi", on_hi, NULL},
    {"echo", on_echo, NULL},
    {"ack", on_ack, NULL},
    {"getAckDate", on_get_ack_date, NULL},
    {"getDate", on_get_date, NULL},
    {"getDateObj", on_get_date_object, NULL},
    {"getUtf8", on_get_utf8, NULL},
    {"false", on_false, NULL},
    {"doge", on_doge, NULL},
    {"getbin", on_getbin, NULL},
    {"buffa", on_buffa, NULL},
    {"jsonbuff", on_json_with_binary, "jsonbuff-ack"},
    {"jsonblob", on_json_with_binary, "jsonblob-ack"},
    {"abuff1", on_abuff1, NULL},
    {"abuff2", on_abuff2, NULL},
    {"blob", on_blob, NULL},
    {"blob1", on_blob1, NULL},
    {"blob2", on_blob2, NULL},
    {"blob3", on_blob3, NULL},
    {"getHandshake", on_get_handshake, NULL},
    {"getId", on_get_id, NULL},
};

static int add_handlers(sio_server_t *server) {
    int rc = sio_use(server, refuse_failing, NULL);

    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = sio_on(server, handlers[i].event, handlers[i].cb,
                    (void *) (uintptr_t) handlers[i].answer);
    return rc;
}

static int add_namespaces(sio_server_t *server) {
    static const char *const plain[] = {"/timeout_socket", "/valid", "/asd"};
    sio_namespace_t *no = sio_of(server, "/no"), *foo = sio_of(server, "/foo"),
                    *abc = sio_of(server, "/abc");
    int rc = no != NULL && foo != NULL && abc != NULL ? 0 : SIO_ENOMEM;

    if (rc == 0)
        rc = sio_use(no, refuse_all, NULL);
    if (rc == 0)
        rc = sio_on(foo, "getId", on_get_id, NULL);
    if (rc == 0)
        rc = sio_on_connection(abc, tell_handshake, NULL);
    for (size_t i = 0; rc == 0 && i < sizeof plain / sizeof *plain; i++)
        rc = sio_of(server, plain[i]) != NULL ? 0 : SIO_ENOMEM;
    return rc;
}

/* Some tests connect with a limit of no time at all, and must lose. */
typedef struct {
    sio_allow_t *allow;
} delayed_t;

static void let_in(sio_server_t *server, void *data) {
    delayed_t *delayed = data;

    (void) server;
    sio_allow(delayed->allow);
    free(delayed);
}

static void delay(sio_allow_t *allow, sio_http_request_t *request, void *data) {
    sio_server_t **server = data;
    delayed_t *delayed = malloc(sizeof *delayed);

    (void) request;
    if (delayed != NULL) {
        delayed->allow = allow;
        if (sio_after(*server, 10, let_in, delayed) != NULL)
            return;
    }
    free(delayed);
    sio_allow(allow);
}

int client_run(const address_t *address) {
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_recovery_options_t recovery = {0};
    sio_server_t *server = NULL;

    options.ping_interval_ms = 2000;
    options.allow_eio3 = 1; /* the suites of 1.x and 2.x ask for nearly the same */
    options.recovery = &recovery;
    options.allow_request = delay;
    options.allow_request_data = &server;
    int rc = sio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    rc = add_handlers(server);
    if (rc == 0)
        rc = add_namespaces(server);
    if (rc == 0)
        rc = serve_socketio(server, address);
    sio_server_free(server);
    return rc;
}
