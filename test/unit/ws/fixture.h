/* A connection, driven by a raw client over loopback TCP. */
#ifndef WS_FIXTURE_H
#define WS_FIXTURE_H

#include "ws/ws.h"
#include "ws/state.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

enum { LIMIT = 100000, CLOSE_TIMEOUT = 60, PATIENCE = 10000 };

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__ws_pool_t *pool;
    sio__ws_t *ws; /* NULL once closed */
    int peer;
    int peer_ended;
    sio__buf_t in;  /* what the peer has got */
    sio__buf_t log; /* what the user was told: "text(hello) closed(1000,bye) " */
    sio__buf_t last; /* the last message */
    int echo;
    int error;
    int drained;
    void (*in_message)(sio__ws_t *ws);
} fixture_t;

/* --- the user --------------------------------------------------------------------------------- */

static inline void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
    fixture_t *f = sio__ws_user_data(ws);
    char line[128];
    assert_non_null(data);
    snprintf(line, sizeof(line), length <= 40 ? "%s(%.*s) " : "%s#%d ", binary ? "binary" : "text",
             (int) length, data);
    sio__buf_puts(&f->log, line);
    f->last.length = 0;
    sio__buf_append(&f->last, data, length);
    if (f->echo) {
        sio__frame_t frame;
        assert_int_equal(sio__frame_make(f->loop->scratch, binary ? SIO__WS_BINARY : SIO__WS_TEXT,
                                         data, length, &frame), 0);
        assert_int_equal(sio__ws_send(ws, &frame), 0);
    }
    memset(data, '!', length); /* the bytes are the callee's */
    if (f->in_message != NULL)
        f->in_message(ws);
}

static inline void on_pong(sio__ws_t *ws, const void *payload, size_t length) {
    fixture_t *f = sio__ws_user_data(ws);
    char line[160];
    snprintf(line, sizeof(line), "pong(%.*s) ", (int) length, (const char *) payload);
    sio__buf_puts(&f->log, line);
}

static inline void on_drained(sio__ws_t *ws) {
    fixture_t *f = sio__ws_user_data(ws);
    assert_true(sio__ws_writable(ws));
    f->drained++;
}

static inline void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length,
                             int error) {
    fixture_t *f = sio__ws_user_data(ws);
    char line[200];
    snprintf(line, sizeof(line), "closed(%d,%.*s) ", code, (int) length, reason);
    sio__buf_puts(&f->log, line);
    f->error = error;
    f->ws = NULL;
    assert_false(sio__ws_is_open(ws));
}

static const sio__ws_user_t user = {on_message, on_pong, on_drained, on_closed};

/* --- the fixture ------------------------------------------------------------------------------ */

/* Two ends of a TCP connection. */
static inline void tcp_pair(int pair[2]) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *) &address, &size), 0);
    pair[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(pair[1], (struct sockaddr *) &address, sizeof(address)), 0);
    setsockopt(pair[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    pair[0] = accept(listener, NULL, NULL);
    assert_true(pair[0] >= 0);
    close(listener);
}

/* A connection of this protocol, of which the rest is made by the caller. */
static inline fixture_t *fixture_new(const sio__protocol_t *protocol, uint32_t max_buffered,
                                     sio__conn_t **conn) {
    fixture_t *f = calloc(1, sizeof(*f));
    int pair[2];
    uv_loop_init(&f->uv);
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, (sio__log_t){0}), 0);
    assert_int_equal(sio__ws_pool_new(&f->pool, f->loop, CLOSE_TIMEOUT), 0);
    tcp_pair(pair);
    f->peer = pair[1];
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
    uv_tcp_t *tcp = calloc(1, sizeof(*tcp));
    uv_tcp_init(&f->uv, tcp);
    assert_int_equal(uv_tcp_open(tcp, pair[0]), 0);
    f->loop->max_buffered = max_buffered;
    assert_int_equal(sio__conn_open(conn, f->loop, (uv_stream_t *) tcp, protocol, f, NULL), 0);
    return f;
}

static inline int setup_with(void **state, uint32_t limit, uint32_t max_buffered) {
    sio__conn_t *conn;
    fixture_t *f = fixture_new(&sio__ws_protocol, max_buffered, &conn);
    f->ws = sio__ws_begin(conn, limit, &user);
    *state = f;
    return 0;
}

static inline int setup(void **state) {
    return setup_with(state, LIMIT, 64 * 1024 * 1024);
}

static inline int setup_large(void **state) {
    return setup_with(state, 16 * 1024 * 1024, 64 * 1024 * 1024);
}

static inline void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

static inline int teardown(void **state) {
    fixture_t *f = *state;
    sio__loop_close_conns(f->loop);
    assert_null(f->ws); /* told of the end in every case */
    sio__ws_pool_free(f->pool);
    sio__loop_close(f->loop, loop_closed, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    if (f->peer >= 0)
        close(f->peer);
    sio__buf_free(&f->in);
    sio__buf_free(&f->log);
    sio__buf_free(&f->last);
    free(f);
    return 0;
}

/* --- the client ------------------------------------------------------------------------------- */

/* One turn of the loop; takes what has arrived at the peer. */
static inline void turn(fixture_t *f) {
    uv_run(&f->uv, UV_RUN_NOWAIT);
    for (;;) {
        char bytes[65536];
        ssize_t got = f->peer < 0 ? -1 : recv(f->peer, bytes, sizeof(bytes), 0);
        if (got == 0 || (got < 0 && f->peer >= 0 && errno == ECONNRESET))
            f->peer_ended = 1;
        if (got <= 0)
            return;
        sio__buf_append(&f->in, bytes, (size_t) got);
    }
}

/* A mask of zeros. */
#define M "\0\0\0\0"

#define until(f, condition)                                                                        \
    do {                                                                                           \
        uint64_t start_ = uv_hrtime();                                                             \
        while (!(condition)) {                                                                     \
            struct pollfd nothing_ = {.fd = -1};                                                   \
            turn(f);                                                                               \
            if (uv_hrtime() - start_ > (uint64_t) PATIENCE * 1000000)                              \
                fail_msg("waited in vain for %s; log: %.*s", #condition, (int) (f)->log.length,    \
                         (f)->log.data);                                                           \
            if (!(condition))                                                                      \
                poll(&nothing_, 0, 1);                                                             \
        }                                                                                          \
    } while (0)

static inline void peer_sends(fixture_t *f, const void *data, size_t length) {
    const char *at = data;
    while (length > 0) {
        ssize_t sent = send(f->peer, at, length, MSG_NOSIGNAL);
        if (sent < 0) {
            assert_int_equal(errno, EAGAIN);
            turn(f);
            continue;
        }
        at += sent;
        length -= (size_t) sent;
    }
}

/* Appends a masked frame with this first byte. */
static inline void add_frame(sio__buf_t *out, int first, const void *payload, size_t length) {
    static const unsigned char mask[4] = {0x11, 0xa2, 0x43, 0xf4};
    unsigned char head[14];
    size_t size = sio__frame_header(head, first & 0x0f, length);
    head[0] = (unsigned char) first;
    head[1] |= 0x80;
    memcpy(head + size, mask, 4);
    sio__buf_append(out, head, size + 4);
    sio__buf_reserve(out, length);
    for (size_t i = 0; i < length; i++)
        out->data[out->length++] = (char) (((const unsigned char *) payload)[i] ^ mask[i & 3]);
}

static inline void peer_frame(fixture_t *f, int first, const void *payload, size_t length) {
    sio__buf_t out = {0};
    add_frame(&out, first, payload, length);
    peer_sends(f, out.data, out.length);
    sio__buf_free(&out);
}

static inline int log_is(const fixture_t *f, const char *expected) {
    return f->log.length == strlen(expected) &&
           (f->log.length == 0 || memcmp(f->log.data, expected, f->log.length) == 0);
}

static inline int got(const fixture_t *f, const char *bytes, size_t length) {
    return f->in.length >= length && memcmp(f->in.data, bytes, length) == 0;
}

/* The peer has got exactly these bytes. */
#define peer_got(f, bytes)                                                                         \
    do {                                                                                           \
        until(f, (f)->in.length >= sizeof(bytes) - 1);                                             \
        assert_int_equal((f)->in.length, sizeof(bytes) - 1);                                       \
        assert_true(got(f, bytes, sizeof(bytes) - 1));                                             \
        (f)->in.length = 0;                                                                        \
    } while (0)

static inline char *pattern(size_t length) {
    char *text = malloc(length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 23);
    text[length] = '\0';
    return text;
}

#define IN(setup, test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
