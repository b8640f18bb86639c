/** Profile client: what the tests of the socket.io-client package expect. */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Some of the tests connect with a limit of 0 ms, and must lose. */
#define HANDSHAKE_DELAY_MS 10

/** What must have come before, of a socket. */
typedef struct order_s {
    int abuff1;
    int blobs;
} order_t;

static const char doge[] = "asdfasdf";

static int is_binary(const sio_event_t *event) {
    size_t length;
    return sio_event_binary(event, 0, &length) != NULL;
}

/** Now as JavaScript's toISOString() has it. */
static const char *iso_now(char *text, size_t size) {
    struct timespec now = {0};
    char seconds[32] = "";

    (void) timespec_get(&now, TIME_UTC);
    const struct tm *utc = gmtime(&now.tv_sec);
    if (utc != NULL)
        (void) strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", utc);
    snprintf(text, size, "%s.%03dZ", seconds, (int) (now.tv_nsec / 1000000));
    return text;
}

/* --- events of "/" --------------------------------------------------------------------------- */

static void on_hi(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "hi");
}

static void on_echo(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) socket, (void) data;
    sio_ack(event, "a", event, 0);
}

static void on_acked(sio_socket_t *socket, int error, sio_event_t *reply, void *data) {
    int number, test;

    (void) data;
    if (error == 0 && sio_event_unpack(reply, "i{s:b}", &number, "test", &test) == 0 &&
        number == 5 && test)
        sio_emit(socket, "got it");
}

static void on_ack(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit_with_ack(socket, 0, on_acked, NULL, "ack");
}

static void on_get_ack_date(sio_socket_t *socket, sio_event_t *event, void *data) {
    char now[48];

    (void) socket, (void) data;
    sio_ack(event, "s", iso_now(now, sizeof now));
}

static void on_get_date(sio_socket_t *socket, sio_event_t *event, void *data) {
    char now[48];

    (void) event, (void) data;
    sio_emit(socket, "takeDate", "s", iso_now(now, sizeof now));
}

static void on_get_date_obj(sio_socket_t *socket, sio_event_t *event, void *data) {
    char now[48];

    (void) event, (void) data;
    sio_emit(socket, "takeDateObj", "{s:s}", "date", iso_now(now, sizeof now));
}

static void on_get_utf8(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "takeUtf8", "s", "てすと");
    sio_emit(socket, "takeUtf8", "s", "Я Б Г Д Ж Й");
    sio_emit(socket, "takeUtf8", "s", "Ä ä Ü ü ß");
    sio_emit(socket, "takeUtf8", "s", "utf8 — string");
    sio_emit(socket, "takeUtf8", "s", "utf8 — string");
}

static void on_false(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event, (void) data;
    sio_emit(socket, "false", "b", 0);
}

/** Sends a binary as the event named by @p data. */
static void on_get_binary(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) event;
    sio_emit(socket, data, "B", doge, sizeof doge - 1);
}

/** Sends the event named by @p data if a binary came. */
static void on_binary(sio_socket_t *socket, sio_event_t *event, void *data) {
    if (is_binary(event))
        sio_emit(socket, data);
}

/** Sends the event named by @p data if a binary in an object came. */
static void on_mixed(sio_socket_t *socket, sio_event_t *event, void *data) {
    const char *hello, *goodbye;
    const void *message;
    size_t length;

    if (sio_event_unpack(event, "{s:s,s:B,s:s}", "hello", &hello, "message", &message, &length,
                         "goodbye", &goodbye) == 0 &&
        strcmp(hello, "lol") == 0 && strcmp(goodbye, "gotcha") == 0)
        sio_emit(socket, data);
}

static void on_abuff1(sio_socket_t *socket, sio_event_t *event, void *data) {
    order_t *order = sio_socket_data(socket);

    (void) data;
    order->abuff1 = is_binary(event);
}

static void on_abuff2(sio_socket_t *socket, sio_event_t *event, void *data) {
    const order_t *order = sio_socket_data(socket);

    (void) event, (void) data;
    if (order->abuff1)
        sio_emit(socket, "abuff2-ack");
}

static void on_blob1(sio_socket_t *socket, sio_event_t *event, void *data) {
    order_t *order = sio_socket_data(socket);

    (void) data;
    order->blobs = is_binary(event);
}

static void on_blob2(sio_socket_t *socket, sio_event_t *event, void *data) {
    order_t *order = sio_socket_data(socket);
    const char *text;

    (void) data;
    if (order->blobs == 1 && sio_event_unpack(event, "s", &text) == 0 &&
        strcmp(text, "second") == 0)
        order->blobs = 2;
}

static void on_blob3(sio_socket_t *socket, sio_event_t *event, void *data) {
    const order_t *order = sio_socket_data(socket);

    (void) data;
    if (order->blobs == 2 && is_binary(event))
        sio_emit(socket, "blob3-ack");
}

static void on_get_handshake(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "o", sio_socket_handshake(socket));
}

static void on_get_id(sio_socket_t *socket, sio_event_t *event, void *data) {
    (void) data;
    sio_ack(event, "s", sio_socket_id(socket));
}

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
    {"getDateObj", on_get_date_obj, NULL},
    {"getUtf8", on_get_utf8, NULL},
    {"false", on_false, NULL},
    {"doge", on_get_binary, "doge"},
    {"getbin", on_get_binary, "takebin"},
    {"buffa", on_binary, "buffack"},
    {"blob", on_binary, "back"},
    {"jsonbuff", on_mixed, "jsonbuff-ack"},
    {"jsonblob", on_mixed, "jsonblob-ack"},
    {"abuff1", on_abuff1, NULL},
    {"abuff2", on_abuff2, NULL},
    {"blob1", on_blob1, NULL},
    {"blob2", on_blob2, NULL},
    {"blob3", on_blob3, NULL},
    {"getHandshake", on_get_handshake, NULL},
    {"getId", on_get_id, NULL},
};

/* --- namespaces ------------------------------------------------------------------------------ */

static void check_main(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) data;
    if (sio_socket_query(socket, "fail") != NULL)
        sio_next_error(next, "Auth failed (main namespace)", NULL);
    else
        sio_next(next);
}

static void refuse(sio_socket_t *socket, sio_next_t *next, void *data) {
    (void) socket, (void) data;
    sio_next_error(next, "Auth failed (custom namespace)", NULL);
}

static void on_connection(sio_socket_t *socket, void *data) {
    order_t *order = calloc(1, sizeof *order);

    (void) data;
    if (order == NULL)
        sio_disconnect(socket, 1);
    else
        sio_socket_set_data(socket, order, free);
}

static void send_handshake(sio_socket_t *socket, void *data) {
    (void) data;
    sio_emit(socket, "handshake", "o", sio_socket_handshake(socket));
}

static int add_main(sio_server_t *server) {
    int rc = sio_use(server, check_main, NULL);
    if (rc == 0)
        rc = sio_on_connection(server, on_connection, NULL);
    for (size_t i = 0; rc == 0 && i < sizeof handlers / sizeof *handlers; i++)
        rc = sio_on(server, handlers[i].event, handlers[i].cb, (void *) handlers[i].answer);
    return rc;
}

static int add_others(sio_server_t *server) {
    static const char *const silent[] = {"/timeout_socket", "/valid", "/asd"};
    sio_namespace_t *foo = sio_of(server, "/foo"), *abc = sio_of(server, "/abc"),
                    *no = sio_of(server, "/no");
    int rc;

    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (sio_of(server, silent[i]) == NULL)
            return SIO_ENOMEM;
    if (foo == NULL || abc == NULL || no == NULL)
        return SIO_ENOMEM;
    if ((rc = sio_on(foo, "getId", on_get_id, NULL)) < 0 ||
        (rc = sio_on_connection(abc, send_handshake, NULL)) < 0 ||
        (rc = sio_use(no, refuse, NULL)) < 0)
        return rc;
    return 0;
}

/* --- handshakes ------------------------------------------------------------------------------ */

static void allow_now(sio_server_t *server, void *allow) {
    (void) server;
    sio_allow(allow);
}

static void allow_later(sio_allow_t *allow, sio_http_request_t *request, void *data) {
    sio_server_t *const *server = data;

    (void) request;
    if (sio_after(*server, HANDSHAKE_DELAY_MS, allow_now, allow) == NULL)
        sio_deny(allow, NULL);
}

int client_run(const address_t *address) {
    static const sio_recovery_options_t recovery = {0};
    sio_options_t options = SIO_OPTIONS_INIT;
    sio_server_t *server;

    options.ping_interval_ms = 2000;
    options.recovery = &recovery;
    options.allow_request = allow_later;
    options.allow_request_data = &server;
    int rc = sio_server_new(&server, NULL, &options);
    if (rc < 0)
        return rc;
    rc = add_main(server);
    if (rc == 0)
        rc = add_others(server);
    if (rc == 0)
        rc = serve_socketio(server, address);
    sio_server_free(server);
    return rc;
}
