/*
 * The feed of the drafts hixie-75 and -76, what comes behind their handshakes, from a client of
 * Socket.IO 0.9. The first byte says which: 'a' is draft 75, 'b' draft 76, 'c' the same with the 8
 * bytes of its challenge as a body, 'd' draft 76 without a session. In draft 76 the bytes begin
 * with the challenge.
 *
 * Covers: src/ws/hixie.c src/ws/hixie_handshake.c src/eio/v09/draft.c src/base/md5.c
 */
#include "base/utf8.h"
#include "wire.h"
#include <string.h>

enum { LIMIT = 300, ID_LENGTH = 20 };

#define UPGRADE "Host: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nOrigin: http://x\r\n"
#define KEYS "Sec-WebSocket-Key1: 18x 6]8vM;54 *(5:  {   U1]8  z [  8\r\n"                         \
             "Sec-WebSocket-Key2: 1_ tx7X d  <  nw  334J702) 7]o}` 0\r\n"

static const char *const heads[] = {
    UPGRADE "\r\n",
    UPGRADE KEYS "\r\n",
    UPGRADE KEYS "Content-Length: 8\r\n\r\n",
    UPGRADE KEYS "\r\n",
};

enum { HEADS = sizeof(heads) / sizeof(heads[0]) };

/* --- the application -------------------------------------------------------------------------- */

static void on_any(sio_socket_t *socket, sio_event_t *event, void *data) {
    wire_t *wire = data;
    size_t length = 0;
    const char *text = sio_event_raw(event, 0, &length);
    CHECK(text == NULL || (sio__utf8_valid(text, length) && length <= 6 * LIMIT + 2));
    fuzz_log_bytes(&wire->log, "event", sio_event_name(event), strlen(sio_event_name(event)));
    fuzz_log_bytes(&wire->log, "argument", text, length);
    sio_emit_event(socket, "echo", event);
    if (strcmp(sio_event_name(event), "close") == 0)
        sio_disconnect(socket, 1);
}

static void on_connection(sio_socket_t *socket, void *data) {
    wire_t *wire = data;
    (void) socket;
    fuzz_log(&wire->log, "connection\n");
}

static void on_disconnect(sio_socket_t *socket, sio_reason_t reason, void *data) {
    wire_t *wire = data;
    (void) socket;
    fuzz_log(&wire->log, "disconnect %s\n", sio_reason_string(reason));
}

/* --- the client ------------------------------------------------------------------------------- */

/* The id of a new session. */
static void shake_hands(wire_t *wire, char id[ID_LENGTH + 1]) {
    static const char request[] = "GET /socket.io/1/?t=1 HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char tail[] = ":60:60:";
    wire_talk(wire, request, sizeof(request) - 1, NULL);
    const char *end = memmem(wire->out.data, wire->out.length, tail, sizeof(tail) - 1);
    CHECK(end != NULL && end - wire->out.data > ID_LENGTH);
    memcpy(id, end - ID_LENGTH, ID_LENGTH);
    id[ID_LENGTH] = '\0';
    wire->out.length = 0;
}

static void talk(wire_t *wire, unsigned kind, const uint8_t *data, size_t size,
                 fuzz_cuts_t *cuts) {
    char id[ID_LENGTH + 1];
    sio__buf_t bytes = {0};
    sio_options_t options = SIO_OPTIONS_INIT;
    options.serve_client = 0;
    options.allow_v09 = 1;
    options.max_payload = LIMIT;
    wire_open(wire, &options);
    CHECK(sio_on_connection(wire->server, on_connection, wire) == 0);
    CHECK(sio_on_disconnect(wire->server, on_disconnect, wire) == 0);
    CHECK(sio_on_any(wire->server, on_any, wire) == 0);
    wire->in_one_turn = 1; /* at its end a client that makes no sense is sent away */
    shake_hands(wire, id);
    fuzz_log(&bytes, "GET /socket.io/1/websocket/%s HTTP/1.1\r\n", kind == 3 ? "x" : id);
    CHECK(sio__buf_puts(&bytes, heads[kind]) == 0);
    CHECK(sio__buf_append(&bytes, data, size) == 0);
    wire_talk(wire, bytes.data, bytes.length, cuts);
    sio__buf_free(&bytes);
    CHECK(wire->out.length > 12 || kind == 2);
    CHECK(sio_server_clients(wire->server) <= (kind >= 2)); /* who never comes is waited for */
    wire_close(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned kind = (fuzz_byte(&data, &size) - 'a') % HEADS;
    fuzz_cuts_t cuts = fuzz_cuts(data, size);
    wire_t whole, pieces;
    talk(&whole, kind, data, size, NULL);
    talk(&pieces, kind, data, size, &cuts);
    wire_compare(&whole, &pieces);
    wire_free(&whole);
    wire_free(&pieces);
    return 0;
}
