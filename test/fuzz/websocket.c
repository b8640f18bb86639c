/*
 * The WebSocket feed: what comes behind the handshake, on an endpoint that sends back what it gets.
 * The first byte says what was agreed on: 'a' nothing, 'b' permessage-deflate, 'c' the same without
 * memory of earlier messages, 'd' with small windows.
 *
 * Covers: src/ws/ws.c src/ws/receive.c src/ws/header.c src/ws/odd.c src/ws/deflate.c src/ws/mask.c
 * src/ws/frame.c src/ws/endpoint.c src/base/zip.c
 */
#include "base/utf8.h"
#include "wire.h"
#include <string.h>

enum { LIMIT = 2000 };

static const char request[] = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

static const char *const offers[] = {
    "\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover\r\n\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9; "
    "client_max_window_bits=8\r\n\r\n",
};

enum { OFFERS = sizeof(offers) / sizeof(offers[0]), SMALL_WINDOWS = OFFERS - 1 };

/* What has become of the connection. */
typedef struct {
    int open;
    int code; /* at its end */
} session_t;

/* --- the endpoint ----------------------------------------------------------------------------- */

static int begins(const void *message, size_t length, const char *word) {
    return length >= strlen(word) && memcmp(message, word, strlen(word)) == 0;
}

static void on_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    wire_t *wire = data;
    CHECK(length <= LIMIT);
    CHECK(binary || sio__utf8_valid(message, length));
    fuzz_log_bytes(&wire->log, binary ? "binary" : "text", message, length);
    if (begins(message, length, "close"))
        CHECK(sio_ws_close(ws, 1001, "bye") == 0);
    else if (begins(message, length, "ping"))
        CHECK(sio_ws_ping(ws, message, length < 125 ? length : 125) == 0);
    int rc = binary ? sio_ws_send_binary(ws, message, length) : sio_ws_send(ws, message, length);
    CHECK(rc == 0 || (rc == SIO_ECLOSED && begins(message, length, "close")));
}

static void on_pong(sio_ws_t *ws, const void *payload, size_t length, void *data) {
    wire_t *wire = data;
    (void) ws;
    CHECK(length <= 125);
    fuzz_log_bytes(&wire->log, "pong", payload, length);
}

static void on_close(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    wire_t *wire = data;
    session_t *session = wire->data;
    CHECK(length <= 123 && sio__utf8_valid(reason, length));
    CHECK(sio_ws_send(ws, "x", 1) == SIO_ECLOSED);
    fuzz_log(&wire->log, "%d ", code);
    fuzz_log_bytes(&wire->log, "closed", reason, length);
    CHECK(wire->server != NULL && session->open);
    *session = (session_t){.code = code};
}

static void on_open(sio_ws_t *ws, void *data) {
    wire_t *wire = data;
    sio_ws_on_message(ws, on_message);
    sio_ws_on_pong(ws, on_pong);
    sio_ws_on_close(ws, on_close);
    ((session_t *) wire->data)->open = 1;
}

/* --- the client ------------------------------------------------------------------------------- */

/* Returns how it has ended. */
static int talk(wire_t *wire, const void *data, size_t size, fuzz_cuts_t *cuts) {
    session_t session = {0};
    sio_options_t options = SIO_OPTIONS_INIT;
    options.serve_client = 0;
    options.max_ws_message = LIMIT;
    options.per_message_deflate.enabled = 1;
    options.per_message_deflate.threshold = 8;
    options.per_message_deflate.mem_level = 1;
    wire_open(wire, &options);
    wire->data = &session;
    CHECK(sio_ws(wire->server, "/ws", on_open, wire) == 0);
    wire_talk(wire, data, size, cuts);
    CHECK(!session.open && session.code != 0); /* it was told of the end */
    wire_close(wire);
    CHECK(wire->out.length > 12 && memcmp(wire->out.data, "HTTP/1.1 101", 12) == 0);
    return session.code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const unsigned offer = (fuzz_byte(&data, &size) - 'a') % OFFERS;
    fuzz_cuts_t cuts = fuzz_cuts(data, size);
    sio__buf_t bytes = {0};
    wire_t whole, pieces;
    CHECK(sio__buf_puts(&bytes, request) == 0 && sio__buf_puts(&bytes, offers[offer]) == 0);
    CHECK(sio__buf_append(&bytes, data, size) == 0);
    int code_of_whole = talk(&whole, bytes.data, bytes.length, NULL);
    int code = talk(&pieces, bytes.data, bytes.length, &cuts);
    /* What zlib has written in the same call it takes for a distance beyond a small window. */
    if (offer != SMALL_WINDOWS || (code_of_whole != 1007 && code != 1007))
        wire_compare(&whole, &pieces);
    wire_free(&whole);
    wire_free(&pieces);
    sio__buf_free(&bytes);
    return 0;
}
