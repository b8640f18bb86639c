/* Raw endpoints on a host: the handshake over real HTTP, the public functions, the end of
 * the server. */
#include "ws/endpoint.h"
#include "base/buf.h"
#include "net/host.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define REQUEST(headers) "GET /ws/x HTTP/1.1\r\nHost: x\r\n" headers "\r\n"
#define GOOD REQUEST(UPGRADE VERSION KEY)
#define MASK "\0\0\0\0"

enum { PATIENCE = 10 };

typedef struct {
    sio__host_t *host;
    sio__ws_pool_t *pool;
    sio__endpoints_t *endpoints;
    sio_ws_t *ws;
    int peer;
    int peer_ended;
    sio__buf_t in, log;
    const char *greeting;
    int opened;
} fixture_t;

static void note(fixture_t *f, const char *what, const void *text, size_t length) {
    sio__buf_puts(&f->log, what);
    sio__buf_puts(&f->log, "(");
    sio__buf_append(&f->log, text, length);
    sio__buf_puts(&f->log, ") ");
}

static void on_message(sio_ws_t *ws, const void *message, size_t length, int binary, void *data) {
    note(data, binary ? "binary" : "text", message, length);
    assert_int_equal(
        binary ? sio_ws_send_binary(ws, message, length) : sio_ws_send(ws, message, length), 0);
}

static void on_pong(sio_ws_t *ws, const void *payload, size_t length, void *data) {
    (void) ws;
    note(data, "pong", payload, length);
}

static void on_close(sio_ws_t *ws, int code, const char *reason, size_t length, void *data) {
    fixture_t *f = data;
    char what[32];
    snprintf(what, sizeof(what), "closed %d", code);
    note(f, what, reason, length);
    assert_int_equal(sio_ws_send(ws, "x", 1), SIO_ECLOSED);
    assert_int_equal(sio_ws_close(ws, 0, NULL), SIO_ECLOSED);
    f->ws = NULL;
}

static void on_open(sio_ws_t *ws, void *data) {
    fixture_t *f = data;
    f->opened++;
    f->ws = ws;
    sio_ws_on_message(ws, on_message);
    sio_ws_on_pong(ws, on_pong);
    sio_ws_on_close(ws, on_close);
    if (f->greeting != NULL)
        assert_int_equal(sio_ws_send(ws, f->greeting, strlen(f->greeting)), 0);
}

static void connect_peer(fixture_t *f) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t) sio__host_port(f->host));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (f->peer >= 0)
        close(f->peer);
    f->peer = socket(AF_INET, SOCK_STREAM, 0);
    f->peer_ended = 0;
    f->in.length = 0;
    assert_int_equal(connect(f->peer, (struct sockaddr *) &address, sizeof(address)), 0);
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio_options_t options = SIO_OPTIONS_INIT;
    options.close_timeout_ms = 100;
    options.max_ws_message = 1000;
    assert_int_equal(sio__host_new(&f->host, NULL, &options), 0);
    assert_int_equal(sio__ws_pool_new(&f->pool, sio__host_loop(f->host), 100), 0);
    assert_int_equal(sio__endpoints_new(&f->endpoints, f->host), 0);
    assert_int_equal(sio__endpoints_add(f->endpoints, "/ws", on_open, f), 0);
    assert_int_equal(sio__host_listen(f->host, "127.0.0.1", 0), 0);
    f->peer = -1;
    connect_peer(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    sio__endpoints_free(f->endpoints);
    assert_null(f->ws);
    sio__ws_pool_free(f->pool);
    sio__host_free(f->host, NULL, NULL);
    close(f->peer);
    sio__buf_free(&f->in);
    sio__buf_free(&f->log);
    free(f);
    return 0;
}

static void turn(fixture_t *f) {
    char bytes[4096];
    ssize_t got;
    uv_run(sio__host_loop(f->host)->uv, UV_RUN_NOWAIT);
    while ((got = recv(f->peer, bytes, sizeof(bytes), 0)) > 0)
        sio__buf_append(&f->in, bytes, (size_t) got);
    if (got == 0)
        f->peer_ended = 1;
}

#define until(f, condition)                                                                        \
    do {                                                                                           \
        uint64_t start_ = uv_hrtime();                                                             \
        while (!(condition)) {                                                                     \
            turn(f);                                                                               \
            if (uv_hrtime() - start_ > PATIENCE * UINT64_C(1000000000))                            \
                fail_msg("waited in vain for %s; log: %.*s; in: %.*s", #condition,                 \
                         (int) (f)->log.length, (f)->log.data, (int) (f)->in.length,               \
                         (f)->in.data);                                                            \
            if (!(condition))                                                                      \
                poll(NULL, 0, 1);                                                                  \
        }                                                                                          \
    } while (0)

static int has(const sio__buf_t *buf, const char *text, size_t length) {
    for (size_t at = 0; at + length <= buf->length; at++)
        if (memcmp(buf->data + at, text, length) == 0)
            return 1;
    return 0;
}

#define HAS(buf, text) has(buf, text, sizeof(text) - 1)

static void sends(fixture_t *f, const char *bytes, size_t length) {
    assert_int_equal(send(f->peer, bytes, length, MSG_NOSIGNAL), (ssize_t) length);
}

#define SENDS(f, text) sends(f, text, sizeof(text) - 1)

static void is_open(fixture_t *f) {
    SENDS(f, GOOD);
    until(f, HAS(&f->in, "\r\n\r\n"));
    assert_non_null(f->ws);
    f->in.length = 0;
}

static void handshake(void **state) {
    fixture_t *f = *state;
    f->greeting = "welcome";
    SENDS(f, REQUEST(UPGRADE VERSION KEY "Sec-WebSocket-Protocol: chat, superchat\r\n"
                                         "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    until(f, HAS(&f->in, "\x81\x07welcome"));
    assert_true(HAS(&f->in, "HTTP/1.1 101 Switching Protocols\r\n"));
    assert_true(HAS(&f->in, "\r\nUpgrade: websocket\r\n"));
    assert_true(HAS(&f->in, "\r\nConnection: Upgrade\r\n"));
    assert_true(HAS(&f->in, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_true(HAS(&f->in, "\r\nSec-WebSocket-Protocol: chat\r\n"));
    assert_false(HAS(&f->in, "Extensions"));
    assert_string_equal(sio_ws_address(f->ws), "127.0.0.1");
    assert_int_equal(f->opened, 1);
}

typedef struct {
    const char *request, *status, *body;
    int version;
} refused_t;

static void refusals(void **state) {
    static const refused_t cases[] = {
        {REQUEST(UPGRADE VERSION), "400", "Missing or invalid Sec-WebSocket-Key header", 0},
        {REQUEST(UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key header", 0},
        {REQUEST(UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==AA==\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key header", 0},
        {REQUEST(UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j=Q==\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Key header", 0},
        {REQUEST(UPGRADE KEY), "400", "Missing or invalid Sec-WebSocket-Version header", 1},
        {REQUEST(UPGRADE KEY "Sec-WebSocket-Version: 12\r\n"), "400",
         "Missing or invalid Sec-WebSocket-Version header", 1},
        {REQUEST(UPGRADE VERSION KEY "Sec-WebSocket-Protocol: a b\r\n"), "400",
         "Invalid Sec-WebSocket-Protocol header", 0},
        {REQUEST(UPGRADE VERSION KEY "Sec-WebSocket-Protocol: ,\r\n"), "400",
         "Invalid Sec-WebSocket-Protocol header", 0},
    };
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        connect_peer(f);
        sends(f, cases[i].request, strlen(cases[i].request));
        until(f, f->peer_ended);
        char line[32];
        snprintf(line, sizeof(line), "HTTP/1.1 %s ", cases[i].status);
        assert_true(has(&f->in, line, strlen(line)));
        assert_true(has(&f->in, cases[i].body, strlen(cases[i].body)));
        assert_int_equal(HAS(&f->in, "Sec-WebSocket-Version: 13, 8\r\n"), cases[i].version);
    }
    assert_int_equal(f->opened, 0);
}

static void versions(void **state) {
    fixture_t *f = *state;
    SENDS(f, REQUEST("Connection: x, UPGRADE\r\nUpgrade: WebSocket\r\n"
                     "Sec-WebSocket-Version: 8\r\n" KEY));
    until(f, HAS(&f->in, " 101 "));
}

static void a_plain_request_falls_through(void **state) {
    fixture_t *f = *state;
    SENDS(f, REQUEST(""));
    until(f, HAS(&f->in, "\r\n\r\n"));
    assert_true(HAS(&f->in, "HTTP/1.1 404 "));
    assert_int_equal(f->opened, 0);
}

static void frames_behind_the_request(void **state) {
    fixture_t *f = *state;
    SENDS(f, GOOD "\x81\x82" MASK "hi\x82\x81" MASK "b\x88\x80" MASK);
    until(f, f->peer_ended);
    assert_true(HAS(&f->in, "\r\n\r\n\x81\x02hi\x82\x01" "b\x88\x00"));
    assert_true(HAS(&f->log, "text(hi) binary(b) closed 1005() "));
}

static void arguments(void **state) {
    fixture_t *f = *state;
    char text[200] = "x";
    is_open(f);
    assert_int_equal(sio_ws_send(NULL, "x", 1), SIO_EINVAL);
    assert_int_equal(sio_ws_send(f->ws, NULL, 1), SIO_EINVAL);
    assert_int_equal(sio_ws_send(f->ws, "\xff", 1), SIO_EUTF8);
    assert_int_equal(sio_ws_send_binary(f->ws, NULL, 1), SIO_EINVAL);
    assert_int_equal(sio_ws_ping(f->ws, text, 126), SIO_ETOOBIG);
    assert_int_equal(sio_ws_close(f->ws, 999, NULL), SIO_EINVAL);
    assert_int_equal(sio_ws_close(f->ws, 1006, NULL), SIO_EINVAL);
    assert_int_equal(sio_ws_close(f->ws, 0, "why"), SIO_EINVAL);
    assert_int_equal(sio_ws_close(f->ws, 1000, "\xff"), SIO_EUTF8);
    memset(text, 'r', 124);
    assert_int_equal(sio_ws_close(f->ws, 1000, text), SIO_ETOOBIG);
    assert_int_equal(sio__endpoints_add(f->endpoints, NULL, on_open, f), SIO_EINVAL);
    assert_int_equal(sio__endpoints_add(f->endpoints, "/x", NULL, f), SIO_EINVAL);
    turn(f);
    assert_int_equal(f->in.length, 0); /* nothing of all this was sent */

    assert_int_equal(sio_ws_send(f->ws, "", 0), 0);
    assert_int_equal(sio_ws_send_binary(f->ws, NULL, 0), 0);
    assert_int_equal(sio_ws_ping(f->ws, "p", 1), 0);
    assert_true(sio_ws_buffered(f->ws) == 2 + 2 + 3);
    text[123] = '\0';
    assert_int_equal(sio_ws_close(f->ws, 1000, text), 0);
    assert_int_equal(sio_ws_close(f->ws, 1000, text), SIO_ECLOSED);
    assert_int_equal(sio_ws_ping(f->ws, "p", 1), SIO_ECLOSED);
    until(f, f->in.length == 2 + 2 + 3 + 127);
    assert_memory_equal(f->in.data, "\x81\x00\x82\x00\x89\x01p\x88\x7d\x03\xe8rrr", 14);
    SENDS(f, "\x88\x82" MASK "\x03\xe8");
    until(f, HAS(&f->log, "closed 1000() "));
}

static void pongs_are_told(void **state) {
    fixture_t *f = *state;
    is_open(f);
    SENDS(f, "\x8a\x82" MASK "hi");
    until(f, HAS(&f->log, "pong(hi) "));
}

static void messages_above_the_limit(void **state) {
    fixture_t *f = *state;
    is_open(f);
    SENDS(f, "\x82\xfe\x03\xe9" MASK);
    until(f, HAS(&f->in, "\x88\x02\x03\xf1"));
    assert_true(HAS(&f->log, "closed 1009() "));
}

static void the_server_closes(void **state) {
    fixture_t *f = *state;
    is_open(f);
    sio__endpoints_close(f->endpoints);
    sio__endpoints_close(f->endpoints);
    until(f, HAS(&f->in, "\x88\x02\x03\xe9"));
    assert_int_equal(f->in.length, 4);
    assert_int_equal(f->log.length, 0);
    SENDS(f, "\x88\x82" MASK "\x03\xe9");
    until(f, HAS(&f->log, "closed 1001() "));
    until(f, f->peer_ended);
}

static void the_server_goes(void **state) {
    fixture_t *f = *state;
    is_open(f);
    SENDS(f, "\x01\x81" MASK "a\x89\x83" MASK "b"); /* in the midst of everything */
    turn(f);
    /* teardown frees all with the connection open */
}

#define IN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(handshake),          IN(refusals),        IN(versions),
        IN(a_plain_request_falls_through),           IN(frames_behind_the_request),
        IN(arguments),          IN(pongs_are_told),  IN(messages_above_the_limit),
        IN(the_server_closes),  IN(the_server_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
