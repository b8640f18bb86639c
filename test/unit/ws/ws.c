/* A connection, driven by a raw client over loopback TCP. */
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

/* --- the user ----------------------------------------------------------------------------------- */

static void on_message(sio__ws_t *ws, char *data, size_t length, int binary) {
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

static void on_pong(sio__ws_t *ws, const void *payload, size_t length) {
    fixture_t *f = sio__ws_user_data(ws);
    char line[160];
    snprintf(line, sizeof(line), "pong(%.*s) ", (int) length, (const char *) payload);
    sio__buf_puts(&f->log, line);
}

static void on_drained(sio__ws_t *ws) {
    fixture_t *f = sio__ws_user_data(ws);
    assert_true(sio__ws_writable(ws));
    f->drained++;
}

static void on_closed(sio__ws_t *ws, int code, const char *reason, size_t length, int error) {
    fixture_t *f = sio__ws_user_data(ws);
    char line[200];
    snprintf(line, sizeof(line), "closed(%d,%.*s) ", code, (int) length, reason);
    sio__buf_puts(&f->log, line);
    f->error = error;
    f->ws = NULL;
    assert_false(sio__ws_is_open(ws));
}

static const sio__ws_user_t user = {on_message, on_pong, on_drained, on_closed};

/* --- the fixture -------------------------------------------------------------------------------- */

/* Two ends of a TCP connection. */
static void tcp_pair(int pair[2]) {
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

static int setup_with(void **state, uint32_t limit, uint32_t max_buffered) {
    fixture_t *f = calloc(1, sizeof(*f));
    sio__conn_t *conn;
    int pair[2];
    uv_loop_init(&f->uv);
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, (sio__log_t){NULL, NULL}), 0);
    assert_int_equal(sio__ws_pool_new(&f->pool, f->loop, CLOSE_TIMEOUT), 0);
    assert_int_equal(sio__ws_new(&f->ws, f->pool, limit, &user, f), 0);
    tcp_pair(pair);
    f->peer = pair[1];
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
    uv_tcp_t *tcp = malloc(sizeof(*tcp));
    uv_tcp_init(&f->uv, tcp);
    assert_int_equal(uv_tcp_open(tcp, pair[0]), 0);
    assert_int_equal(sio__conn_open(&conn, f->loop, (uv_stream_t *) tcp, &sio__ws_protocol, f->ws,
                                    max_buffered), 0);
    f->ws->conn = conn;
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, LIMIT, 64 * 1024 * 1024);
}

static int setup_large(void **state) {
    return setup_with(state, 16 * 1024 * 1024, 64 * 1024 * 1024);
}

static void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

static int teardown(void **state) {
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

/* --- the client --------------------------------------------------------------------------------- */

/* One turn of the loop; takes what has arrived at the peer. */
static void turn(fixture_t *f) {
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

static void peer_sends(fixture_t *f, const void *data, size_t length) {
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
static void add_frame(sio__buf_t *out, int first, const void *payload, size_t length) {
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

static void peer_frame(fixture_t *f, int first, const void *payload, size_t length) {
    sio__buf_t out = {0};
    add_frame(&out, first, payload, length);
    peer_sends(f, out.data, out.length);
    sio__buf_free(&out);
}

static int log_is(const fixture_t *f, const char *expected) {
    return f->log.length == strlen(expected) &&
           (f->log.length == 0 || memcmp(f->log.data, expected, f->log.length) == 0);
}

static int got(const fixture_t *f, const char *bytes, size_t length) {
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

static char *pattern(size_t length) {
    char *text = malloc(length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 23);
    text[length] = '\0';
    return text;
}

/* --- messages ----------------------------------------------------------------------------------- */

static void is_small(void **state) {
    (void) state;
    assert_true(sizeof(sio__ws_t) <= 64);
}

static void messages_come_in(void **state) {
    fixture_t *f = *state;
    peer_frame(f, 0x81, "caf\xc3\xa9", 5);
    peer_frame(f, 0x82, "\xff\xfe", 2);
    peer_frame(f, 0x81, "", 0);
    peer_frame(f, 0x82, "", 0);
    until(f, log_is(f, "text(caf\xc3\xa9) binary(\xff\xfe) text() binary() "));
}

static void bytes_one_at_a_time(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0};
    char *text = pattern(300);
    add_frame(&out, 0x81, "hi \xe2\x82\xac", 6);
    add_frame(&out, 0x89, "ping", 4);
    add_frame(&out, 0x01, "a\xf0\x9f", 3);
    add_frame(&out, 0x89, "", 0);
    add_frame(&out, 0x00, "\x98", 1);
    add_frame(&out, 0x8a, "late", 4);
    add_frame(&out, 0x80, "\x80" "b", 2);
    add_frame(&out, 0x82, text, 300);
    add_frame(&out, 0x81, "", 0);
    add_frame(&out, 0x88, "\x03\xe8" "bye", 5);
    for (size_t i = 0; i < out.length; i++) {
        /* straight into the protocol: every cut there can be */
        char byte = out.data[i];
        assert_non_null(f->ws);
        sio__ws_receive(f->ws, &byte, 1);
    }
    assert_true(log_is(f, "text(hi \xe2\x82\xac) pong(late) text(a\xf0\x9f\x98\x80" "b) binary#300 "
                          "text() closed(1000,bye) "));
    peer_got(f, "\x8a\x04ping\x8a\x00\x88\x05\x03\xe8" "bye");
    free(text);
    sio__buf_free(&out);
}

/* Everything in every pair of pieces. */
static void cut_in_two(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0};
    char *text = pattern(200);
    add_frame(&out, 0x81, "one", 3);
    add_frame(&out, 0x01, "t\xc3", 2);
    add_frame(&out, 0x89, "", 0);
    add_frame(&out, 0x80, "\xb6", 1);
    add_frame(&out, 0x82, text, 200);
    for (size_t cut = 0; cut <= out.length; cut++) {
        char *first = malloc(cut), *second = malloc(out.length - cut);
        memcpy(first, out.data, cut);
        memcpy(second, out.data + cut, out.length - cut);
        sio__ws_receive(f->ws, first, cut);
        sio__ws_receive(f->ws, second, out.length - cut);
        assert_true(log_is(f, "text(one) text(t\xc3\xb6) binary#200 "));
        assert_int_equal(f->last.length, 200);
        assert_memory_equal(f->last.data, text, 200);
        assert_null(f->ws->partial);
        assert_null(f->ws->odd);
        f->log.length = 0;
        free(first);
        free(second);
    }
    free(text);
    sio__buf_free(&out);
}

static void sizes_at_the_edges(void **state) {
    static const size_t lengths[] = {0, 1, 125, 126, 127, 4095, 65529, 65535, 65536, 65537, LIMIT};
    fixture_t *f = *state;
    f->echo = 1;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t length = lengths[i];
        char *text = pattern(length);
        unsigned char head[10];
        size_t size = sio__frame_header(head, SIO__WS_TEXT, length);
        peer_frame(f, 0x81, text, length);
        until(f, f->in.length >= size + length);
        assert_int_equal(f->in.length, size + length);
        assert_memory_equal(f->in.data, head, size);
        assert_memory_equal(f->in.data + size, text, length);
        f->in.length = 0;
        free(text);
    }
}

static void pipelined_frames(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0};
    f->echo = 1;
    for (int i = 0; i < 20000; i++) {
        char text[16];
        int length = snprintf(text, sizeof(text), "m%d", i);
        add_frame(&out, 0x81, text, (size_t) length);
    }
    peer_sends(f, out.data, out.length);
    /* the answers are the same frames, unmasked */
    size_t expected = out.length - (size_t) 4 * 20000;
    until(f, f->in.length >= expected);
    assert_int_equal(f->in.length, expected);
    const char *at = f->in.data;
    for (int i = 0; i < 20000; i++) {
        char text[16];
        int length = snprintf(text, sizeof(text), "m%d", i);
        assert_int_equal((unsigned char) at[0], 0x81);
        assert_int_equal(at[1], length);
        assert_memory_equal(at + 2, text, (size_t) length);
        at += 2 + length;
    }
    until(f, f->drained > 0);
    sio__buf_free(&out);
}

static void many_fragments(void **state) {
    enum { COUNT = 65536, SIZE = 64 };
    fixture_t *f = *state;
    sio__buf_t out = {0};
    char *text = pattern((size_t) COUNT * SIZE);
    for (size_t i = 0; i < COUNT; i++)
        add_frame(&out, (i == 0 ? 0x01 : 0x00) | (i == COUNT - 1 ? 0x80 : 0), text + i * SIZE, SIZE);
    peer_sends(f, out.data, out.length);
    until(f, f->last.length > 0);
    assert_int_equal(f->last.length, (size_t) COUNT * SIZE);
    assert_memory_equal(f->last.data, text, f->last.length);
    assert_null(f->ws->odd);
    free(text);
    sio__buf_free(&out);
}

static void a_large_message_in_large_fragments(void **state) {
    fixture_t *f = *state;
    const size_t part = 4 * 1024 * 1024;
    char *text = pattern(4 * part);
    for (size_t i = 0; i < 4; i++)
        peer_frame(f, (i == 0 ? 0x02 : 0x00) | (i == 3 ? 0x80 : 0), text + i * part, part);
    until(f, f->last.length > 0);
    assert_int_equal(f->last.length, 4 * part);
    assert_memory_equal(f->last.data, text, 4 * part);
    peer_frame(f, 0x82, text, 4 * part); /* in one */
    f->last.length = 0;
    until(f, f->last.length > 0);
    assert_int_equal(f->last.length, 4 * part);
    assert_memory_equal(f->last.data, text, 4 * part);
    free(text);
}

static void memory_grows_with_what_arrives(void **state) {
    fixture_t *f = *state;
    char bytes[14 + 1000] = {(char) 0x82, (char) 0xff, 0, 0, 0, 0, 0, (char) 0xff, (char) 0xff, (char) 0xff};
    sio__ws_receive(f->ws, bytes, 14 + 100);
    assert_non_null(f->ws->partial);
    assert_true(f->ws->partial->payload.capacity < 1000);
    sio__ws_receive(f->ws, bytes + 14, 1000);
    assert_int_equal(f->ws->partial->payload.length, 1100);
    assert_true(f->ws->partial->payload.capacity < 10000);
}

/* --- what is refused ---------------------------------------------------------------------------- */

typedef struct {
    const char *bytes; /* masked with zeros */
    size_t length;
    int code;
    int error;
} wrong_t;

#define WRONG(bytes, code, error)                                                                  \
    { bytes, sizeof(bytes) - 1, code, error }
#define M "\0\0\0\0"

static const wrong_t wrongs[] = {
    WRONG("\x81\x05hello", 1002, SIO_EPROTO),              /* unmasked */
    WRONG("\xc1\x80" M, 1002, SIO_EPROTO),                 /* RSV */
    WRONG("\xa2\x80" M, 1002, SIO_EPROTO),
    WRONG("\x99\x80" M, 1002, SIO_EPROTO),
    WRONG("\x83\x80" M, 1002, SIO_EPROTO),                 /* reserved opcodes */
    WRONG("\x8b\x80" M, 1002, SIO_EPROTO),
    WRONG("\x09\x80" M, 1002, SIO_EPROTO),                 /* fragmented control frames */
    WRONG("\x08\x80" M, 1002, SIO_EPROTO),
    WRONG("\x89\xfe\x00\x7e" M, 1002, SIO_EPROTO),         /* long ones */
    WRONG("\x80\x80" M, 1002, SIO_EPROTO),                 /* nothing to continue */
    WRONG("\x00\x81" M "a", 1002, SIO_EPROTO),
    WRONG("\x01\x81" M "a\x81\x81" M "b", 1002, SIO_EPROTO), /* something to continue */
    WRONG("\x01\x80" M "\x02\x80" M, 1002, SIO_EPROTO),
    WRONG("\x01\x81" M "a\x80\x81" M "b\x80\x80" M, 1002, SIO_EPROTO), /* after a good message */
    WRONG("\x01\x81" M "a\xc0\x81" M "b", 1002, SIO_EPROTO), /* RSV on a fragment */
    WRONG("\x01\x81" M "a\x80\x01" "b", 1002, SIO_EPROTO),   /* an unmasked fragment */
    WRONG("\x81\xff\x80\0\0\0\0\1\0\0" M, 1002, SIO_EPROTO), /* the top bit */
    WRONG("\x88\x81" M "\x03", 1002, SIO_EPROTO),          /* half a code */
    WRONG("\x88\x82" M "\x03\xe7", 1002, SIO_EPROTO),      /* 999 */
    WRONG("\x88\x82" M "\x03\xec", 1002, SIO_EPROTO),      /* 1004 */
    WRONG("\x88\x82" M "\x03\xed", 1002, SIO_EPROTO),      /* 1005 */
    WRONG("\x88\x82" M "\x03\xee", 1002, SIO_EPROTO),      /* 1006 */
    WRONG("\x88\x82" M "\x03\xf7", 1002, SIO_EPROTO),      /* 1015 */
    WRONG("\x88\x82" M "\x07\xd0", 1002, SIO_EPROTO),      /* 2000 */
    WRONG("\x88\x82" M "\x13\x88", 1002, SIO_EPROTO),      /* 5000 */
    WRONG("\x88\x83" M "\x03\xe8\xff", 1007, SIO_EUTF8),   /* a reason that is no text */
    WRONG("\x81\x81" M "\xff", 1007, SIO_EUTF8),
    WRONG("\x81\x82" M "a\xc3", 1007, SIO_EUTF8),          /* cut in a letter */
    WRONG("\x81\x83" M "\xed\xa0\x80", 1007, SIO_EUTF8),   /* a surrogate */
    WRONG("\x81\x84" M "\xf4\x90", 1007, SIO_EUTF8),       /* wrong before its end */
    WRONG("\x01\x81" M "\xff", 1007, SIO_EUTF8),           /* at once, not with the last fragment */
    WRONG("\x01\x81" M "\xc3\x00\x82" M "\xc3", 1007, SIO_EUTF8),
    WRONG("\x01\x81" M "\xc3\x80\x80" M, 1007, SIO_EUTF8),
    WRONG("\x82\xff\0\0\0\0\0\1\x86\xa1" M, 1009, SIO_ETOOBIG), /* LIMIT + 1 announced */
    WRONG("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" M, 1009, SIO_ETOOBIG),
    WRONG("\x02\xff\0\0\0\0\0\1\x86\xa1" M, 1009, SIO_ETOOBIG),
    WRONG("\x02\x81" M "a\x00\xff\0\0\0\0\0\1\x86\xa0" M, 1009, SIO_ETOOBIG), /* the sum */
};

/* Sends what is wrong in one go or byte by byte; the right close frame and then FIN come back. */
static void refuses(const wrong_t *wrong, size_t step) {
    void *state;
    char expected[64], frame[4] = {(char) 0x88, 2, (char) (wrong->code >> 8), (char) wrong->code};
    assert_int_equal(setup(&state), 0);
    fixture_t *f = state;
    sio__buf_t out = {0};
    sio__buf_append(&out, wrong->bytes, wrong->length);
    add_frame(&out, 0x81, "not to be read", 14);
    for (size_t at = 0; at < out.length; at += step) {
        peer_sends(f, out.data + at, out.length - at < step ? out.length - at : step);
        if (step < out.length)
            turn(f);
    }
    until(f, f->peer_ended);
    if (f->in.length != 4 || memcmp(f->in.data, frame, 4) != 0)
        fail_msg("%d not got for frame %d", wrong->code, (int) (wrong - wrongs));
    snprintf(expected, sizeof(expected), "closed(%d,) ", wrong->code);
    /* the last thing told; a message before it may have been good */
    if (f->log.length < strlen(expected) ||
        memcmp(f->log.data + f->log.length - strlen(expected), expected, strlen(expected)) != 0)
        fail_msg("frame %d: %.*s", (int) (wrong - wrongs), (int) f->log.length, f->log.data);
    assert_int_equal(f->error, wrong->error);
    assert_int_equal(f->last.length, wrong == &wrongs[13] ? 2 : 0);
    /* the server waits for our FIN, and then it is over */
    close(f->peer);
    f->peer = -1;
    until(f, f->loop->conn_count == 0);
    sio__buf_free(&out);
    teardown(&state);
}

static void violations(void **state) {
    (void) state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        refuses(&wrongs[i], 1000);
        refuses(&wrongs[i], 1);
    }
}

static void bad_text_in_half_a_frame(void **state) {
    fixture_t *f = *state;
    /* 1000 bytes announced; the second piece is wrong */
    peer_sends(f, "\x81\xfe\x03\xe8" M "good \xe2", 8 + 6);
    for (int i = 0; i < 5; i++)
        turn(f);
    assert_true(log_is(f, ""));
    peer_sends(f, "\x28", 1);
    until(f, log_is(f, "closed(1007,) "));
    peer_got(f, "\x88\x02\x03\xef");
}

static void the_limit_itself_is_fine(void **state) {
    fixture_t *f = *state;
    char *text = pattern(LIMIT);
    peer_frame(f, 0x82, text, LIMIT);
    until(f, f->last.length == LIMIT);
    peer_frame(f, 0x02, text, LIMIT - 1);
    peer_frame(f, 0x00, "", 0);
    peer_frame(f, 0x80, "z", 1);
    f->last.length = 0;
    until(f, f->last.length == LIMIT);
    assert_int_equal(f->in.length, 0);
    free(text);
}

/* --- closing ------------------------------------------------------------------------------------ */

static void peer_closes(const char *frame, size_t length, const char *echo, size_t echo_length,
                        const char *expected) {
    void *state;
    assert_int_equal(setup(&state), 0);
    fixture_t *f = state;
    peer_sends(f, frame, length);
    until(f, f->peer_ended);
    assert_int_equal(f->in.length, echo_length);
    assert_memory_equal(f->in.data, echo, echo_length);
    assert_true(log_is(f, expected));
    assert_int_equal(f->error, 0);
    close(f->peer);
    f->peer = -1;
    until(f, f->loop->conn_count == 0);
    teardown(&state);
}

static void the_peer_closes(void **state) {
    (void) state;
    peer_closes("\x88\x80" M, 6, "\x88\x00", 2, "closed(1005,) ");
    peer_closes("\x88\x82" M "\x03\xe8", 8, "\x88\x02\x03\xe8", 4, "closed(1000,) ");
    peer_closes("\x88\x85" M "\x0f\xa1" "bye", 11, "\x88\x05\x0f\xa1" "bye", 7, "closed(4001,bye) ");
    peer_closes("\x88\x82" M "\x03\xf6", 8, "\x88\x02\x03\xf6", 4, "closed(1014,) ");
    /* between fragments, and what follows is not read */
    peer_closes("\x01\x81" M "a\x88\x80" M "\x80\x81" M "b", 20, "\x88\x00", 2, "closed(1005,) ");
}

static void we_close(void **state) {
    fixture_t *f = *state;
    sio__frame_t frame;
    assert_int_equal(sio__frame_make(f->loop->scratch, SIO__WS_TEXT, "last", 4, &frame), 0);
    assert_int_equal(sio__ws_send(f->ws, &frame), 0);
    sio__ws_close(f->ws, 1001, "off", 3);
    sio__ws_close(f->ws, 1000, NULL, 0);
    assert_int_equal(sio__ws_send(f->ws, &frame), SIO_ECLOSED);
    assert_false(sio__ws_writable(f->ws));
    peer_got(f, "\x81\x04last\x88\x05\x03\xe9off");
    assert_true(log_is(f, ""));
    /* what is under way is dropped, pings are not answered, until the peer's close */
    peer_frame(f, 0x81, "late", 4);
    peer_frame(f, 0x01, "late", 4);
    peer_frame(f, 0x89, "late", 4);
    peer_frame(f, 0x80, "late", 4);
    for (int i = 0; i < 5; i++)
        turn(f);
    assert_int_equal(f->peer_ended, 0);
    peer_frame(f, 0x88, "\x03\xe9", 2);
    until(f, log_is(f, "closed(1001,) "));
    until(f, f->peer_ended);
    assert_int_equal(f->in.length, 0);
    assert_int_equal(f->error, 0);
}

static void we_close_without_a_code(void **state) {
    fixture_t *f = *state;
    sio__ws_close(f->ws, 0, NULL, 0);
    peer_got(f, "\x88\x00");
    peer_frame(f, 0x88, "", 0);
    until(f, log_is(f, "closed(1005,) "));
}

/* The close begins in the midst of something; the peer's close must still be found behind it. */
static void we_close_amid(const char *before, size_t before_length, const char *after,
                          size_t after_length) {
    void *state;
    assert_int_equal(setup(&state), 0);
    fixture_t *f = state;
    char *first = malloc(before_length), *second = malloc(after_length);
    memcpy(first, before, before_length);
    memcpy(second, after, after_length);
    sio__ws_receive(f->ws, first, before_length);
    sio__ws_close(f->ws, 1000, NULL, 0);
    for (size_t i = 0; i < after_length; i++) {
        assert_true(log_is(f, ""));
        sio__ws_receive(f->ws, second + i, 1);
    }
    assert_true(log_is(f, "closed(1000,) "));
    free(first);
    free(second);
    teardown(&state);
}

#define AMID(before, after) we_close_amid(before, sizeof(before) - 1, after, sizeof(after) - 1)

static void we_close_amid_frames(void **state) {
    (void) state;
    AMID("\x81", "\x83" M "abc\x88\x80" M);
    AMID("\x81\x83\0\0", "\0\0abc\x88\x80" M);
    AMID("\x81\x83" M, "abc\x88\x80" M);
    AMID("\x82\x83" M "a", "bc\x88\x82" M "\x03\xe8");
    AMID("\x01\x83" M "a", "bc\x80\x80" M "\x88\x80" M);
    AMID("\x01\x83" M "abc", "\x80\x81" M "d\x88\x80" M);
    AMID("\x01\x83" M "abc\x88", "\x80" M);
    AMID("\x88", "\x80" M);
    AMID("\x88\x85" M "\x03\xe8" "b", "ye");
    AMID("\x89\x83" M "a", "bc\x88\x80" M);
    AMID("", "\x82\x83" M "abc\x01\x82" M "de\x88\x80" M);
}

static void closing_times_out(void **state) {
    fixture_t *f = *state;
    uint64_t start = uv_hrtime();
    sio__ws_close(f->ws, 1000, NULL, 0);
    until(f, log_is(f, "closed(1006,) "));
    assert_int_equal(f->error, SIO_ETIMEDOUT);
    assert_true((uv_hrtime() - start) / 1000000 >= CLOSE_TIMEOUT - 1);
    assert_int_equal(f->loop->conn_count, 0);
}

/* The peer does not read: the close frame never leaves. */
static void closing_behind_a_full_queue_times_out(void **state) {
    fixture_t *f = *state;
    char *text = pattern(16 * 1024 * 1024);
    sio__frame_t frame;
    assert_int_equal(sio__frame_make(f->loop->scratch, SIO__WS_BINARY, text, 16 * 1024 * 1024,
                                     &frame), 0);
    assert_int_equal(sio__ws_send(f->ws, &frame), 0);
    uv_run(&f->uv, UV_RUN_NOWAIT);
    assert_true(sio__ws_buffered(f->ws) > 0);
    assert_false(sio__ws_writable(f->ws));
    peer_frame(f, 0x88, "\x03\xe8", 2);
    uint64_t start = uv_hrtime();
    while (f->loop->conn_count > 0 && uv_hrtime() - start < UINT64_C(5000000000))
        uv_run(&f->uv, UV_RUN_ONCE); /* the peer's side is not looked at */
    assert_int_equal(f->loop->conn_count, 0);
    assert_true(log_is(f, "closed(1000,) "));
    free(text);
}

static void fin_without_a_close_frame(void **state) {
    fixture_t *f = *state;
    f->echo = 1;
    peer_frame(f, 0x81, "hello", 5);
    peer_sends(f, "\x81\x85\0", 3);
    shutdown(f->peer, SHUT_WR);
    until(f, f->peer_ended);
    assert_true(log_is(f, "text(hello) closed(1006,) "));
    assert_int_equal(f->error, UV_EOF);
    peer_got(f, "\x81\x05hello"); /* what was queued has left */
    until(f, f->loop->conn_count == 0);
}

static void reset(fixture_t *f) {
    struct linger now = {1, 0};
    setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(f->peer);
    f->peer = -1;
}

static void rst_amid(const char *bytes, size_t length) {
    void *state;
    assert_int_equal(setup(&state), 0);
    fixture_t *f = state;
    peer_sends(f, bytes, length);
    for (int i = 0; i < 5; i++)
        turn(f);
    reset(f);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "closed(1006,) "));
    assert_true(f->error < 0);
    teardown(&state);
}

static void resets(void **state) {
    (void) state;
    rst_amid("", 0);
    rst_amid("\x81", 1);
    rst_amid("\x81\x85" M "he", 8);
    rst_amid("\x01\x85" M "he", 8);
    rst_amid("\x01\x82" M "he\x89\x85", 10);
}

static void reset_while_closing(void **state) {
    fixture_t *f = *state;
    sio__ws_close(f->ws, 1000, NULL, 0);
    turn(f);
    reset(f);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "closed(1006,) "));
}

/* --- what the user does in its callback --------------------------------------------------------- */

static void close_it(sio__ws_t *ws) {
    sio__ws_close(ws, 4000, NULL, 0);
}

static void forget_it(sio__ws_t *ws) {
    ((fixture_t *) sio__ws_user_data(ws))->ws = NULL;
    sio__ws_forget(ws);
}

/* First a message that is delivered, then what must not be, in one read. */
static void acts_in(fixture_t *f, int first, void (*act)(sio__ws_t *ws)) {
    sio__buf_t out = {0};
    f->in_message = act;
    if (first == 0x80) {
        add_frame(&out, 0x01, "fir", 3);
        add_frame(&out, 0x80, "st", 2);
    } else {
        add_frame(&out, first, "first", 5);
    }
    add_frame(&out, 0x81, "second", 6);
    add_frame(&out, 0x01, "third", 5);
    add_frame(&out, 0x88, "", 0);
    peer_sends(f, out.data, out.length);
    sio__buf_free(&out);
}

static void closes_in_its_callback(void **state) {
    fixture_t *f = *state;
    acts_in(f, 0x81, close_it);
    until(f, log_is(f, "text(first) closed(4000,) "));
    peer_got(f, "\x88\x02\x0f\xa0");
}

static void closes_in_the_callback_of_fragments(void **state) {
    fixture_t *f = *state;
    acts_in(f, 0x80, close_it);
    until(f, log_is(f, "text(first) closed(4000,) "));
}

static void aborts_in_its_callback(void **state) {
    fixture_t *f = *state;
    acts_in(f, 0x82, sio__ws_abort);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "binary(first) closed(1006,) "));
    assert_int_equal(f->error, 0);
}

static void aborts_in_the_callback_of_fragments(void **state) {
    fixture_t *f = *state;
    acts_in(f, 0x80, sio__ws_abort);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "text(first) closed(1006,) "));
}

static void aborts_in_the_callback_of_a_cut_frame(void **state) {
    fixture_t *f = *state;
    f->in_message = sio__ws_abort;
    peer_sends(f, "\x81\x83" M "a", 7);
    for (int i = 0; i < 5; i++)
        turn(f);
    peer_sends(f, "bc\x81\x81" M "d", 9);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "text(abc) closed(1006,) "));
}

static void forgets_in_its_callback(void **state) {
    fixture_t *f = *state;
    acts_in(f, 0x81, forget_it);
    until(f, f->peer_ended);
    peer_got(f, "\x88\x00");
    assert_true(log_is(f, "text(first) "));
}

static void forgotten_and_never_answered(void **state) {
    fixture_t *f = *state;
    forget_it(f->ws);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, ""));
}

static void drained_is_told(void **state) {
    fixture_t *f = *state;
    sio__frame_t frame;
    assert_int_equal(sio__frame_make(f->loop->scratch, SIO__WS_TEXT, "x", 1, &frame), 0);
    assert_int_equal(sio__ws_send(f->ws, &frame), 0);
    assert_int_equal(f->drained, 0);
    until(f, f->drained == 1);
    peer_got(f, "\x81\x01x");
}

static void the_pool_may_go_first(void **state) {
    fixture_t *f = *state;
    peer_frame(f, 0x01, "abc", 3);
    until(f, f->ws->odd != NULL);
    sio__ws_pool_free(f->pool);
    f->pool = NULL;
    sio__ws_close(f->ws, 1001, NULL, 0);
    until(f, f->in.length == 4);
    sio__loop_close_conns(f->loop);
    assert_true(log_is(f, "closed(1006,) "));
}

#define IN(setup, test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_small),
        IN(setup, messages_come_in),
        IN(setup, bytes_one_at_a_time),
        IN(setup, cut_in_two),
        IN(setup, sizes_at_the_edges),
        IN(setup, pipelined_frames),
        IN(setup_large, many_fragments),
        IN(setup_large, a_large_message_in_large_fragments),
        IN(setup_large, memory_grows_with_what_arrives),
        cmocka_unit_test(violations),
        IN(setup, bad_text_in_half_a_frame),
        IN(setup, the_limit_itself_is_fine),
        cmocka_unit_test(the_peer_closes),
        IN(setup, we_close),
        IN(setup, we_close_without_a_code),
        cmocka_unit_test(we_close_amid_frames),
        IN(setup, closing_times_out),
        IN(setup, closing_behind_a_full_queue_times_out),
        IN(setup, fin_without_a_close_frame),
        cmocka_unit_test(resets),
        IN(setup, reset_while_closing),
        IN(setup, closes_in_its_callback),
        IN(setup, closes_in_the_callback_of_fragments),
        IN(setup, aborts_in_its_callback),
        IN(setup, aborts_in_the_callback_of_fragments),
        IN(setup, aborts_in_the_callback_of_a_cut_frame),
        IN(setup, forgets_in_its_callback),
        IN(setup, forgotten_and_never_answered),
        IN(setup, drained_is_told),
        IN(setup, the_pool_may_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
