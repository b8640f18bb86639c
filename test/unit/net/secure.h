/* TLS on a connection, over a socket pair, with OpenSSL's client at the other end. */
#ifndef TEST_NET_SECURE_H
#define TEST_NET_SECURE_H

#include "../lib/tls.h"
#include "net/linger.h"
#include "net/secure.h"
#include <signal.h>
#include <sio/error.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 60000, RECEIVED_MAX = 4 * 1024 * 1024 };

static files_t files; /* of all cases */
static pair_t authority, alice, stranger;

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    sio_tls_t *tls;
    tls_client_t client;
    int peer;
    char *received;
    size_t received_length;
    int ended, closed, drained, error;
    int close_in_data, pause_in_data, hasty, echo;
    char log[512]; /* lines of level WARN */
    char asked[300];
    sio_tls_t *other;
} fixture_t;

/* --- the server's side ------------------------------------------------------------------------ */

static inline void on_data(sio__conn_t *conn, char *data, size_t length) {
    fixture_t *f = conn->protocol_data;
    assert_true(length <= SIO__READ_BUFFER);
    assert_true(f->received_length + length <= RECEIVED_MAX);
    memcpy(f->received + f->received_length, data, length);
    f->received_length += length;
    if (f->echo)
        assert_int_equal(sio__conn_send_copy(conn, data, length), 0);
    memset(data, 0, length); /* it is ours */
    for (int i = 0; i < 2 && f->hasty; i++) {
        sio__conn_pause(conn);
        sio__conn_resume(conn);
    }
    if (f->pause_in_data)
        sio__conn_pause(conn);
    if (f->close_in_data)
        sio__conn_close(conn, 0);
}

static inline void on_end(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->ended++;
}

static inline void on_drained(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->drained++;
}

static inline void on_closed(sio__conn_t *conn, int error) {
    fixture_t *f = conn->protocol_data;
    f->closed++;
    f->error = error;
    f->conn = NULL;
}

static const sio__protocol_t protocol = {on_data, on_end, on_drained, on_closed};

static inline void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    if (level <= SIO_LOG_WARN && strcmp(category, "tls") == 0)
        snprintf(f->log, sizeof(f->log), "%s", text);
}

static inline void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

/* --- fixtures --------------------------------------------------------------------------------- */

static inline void open_conn(fixture_t *f, uint32_t max_buffered) {
    int pair[2], size = 16384;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    f->peer = pair[1];
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    uv_pipe_init(&f->uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    f->loop->max_buffered = max_buffered;
    assert_int_equal(sio__conn_open(&f->conn, f->loop, (uv_stream_t *) pipe, &protocol, f, f->tls),
                     0);
}

static inline void start(fixture_t *f) {
    tls_client_init(&f->client);
    tls_client_start(&f->client, f->peer);
}

static inline int setup_with(void **state, uint32_t max_buffered) {
    fixture_t *f = calloc(1, sizeof(*f));
    f->received = malloc(RECEIVED_MAX);
    uv_loop_init(&f->uv);
    sio__log_t log = {on_log, f, SIO_LOG_DEBUG};
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, log), 0);
    f->tls = tls_of(&files, "server");
    open_conn(f, max_buffered);
    start(f);
    *state = f;
    return 0;
}

static inline int setup(void **state) {
    return setup_with(state, 64 * 1024 * 1024);
}

static inline int setup_bounded(void **state) {
    return setup_with(state, 300 * 1000);
}

static inline int teardown(void **state) {
    fixture_t *f = *state;
    tls_client_free(&f->client);
    sio__loop_close_conns(f->loop);
    assert_int_equal(f->loop->conn_count, 0);
    sio__loop_close(f->loop, loop_closed, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    if (f->peer >= 0)
        close(f->peer);
    sio_tls_unref(f->tls);
    sio_tls_unref(f->other);
    assert_int_equal(ERR_peek_error(), 0);
    free(f->received);
    free(f);
    return 0;
}

static inline uint64_t now(void) {
    return uv_hrtime() / 1000000;
}

static inline void turn(fixture_t *f) {
    uv_run(&f->uv, UV_RUN_NOWAIT);
}

/* Runs both sides; the statement is the client's turn. */
#define until(f, condition, step)                                                                  \
    do {                                                                                           \
        uint64_t until_start = now();                                                              \
        while (!(condition)) {                                                                     \
            if (now() - until_start > PATIENCE_MS)                                                 \
                fail_msg("%s has not come true; %s", #condition, (f)->log);                        \
            turn(f);                                                                               \
            step;                                                                                  \
        }                                                                                          \
    } while (0)

/* The handshake, and what follows it of the client's. */
static inline void shake(fixture_t *f) {
    until(f, f->client.done, tls_client_shake(&f->client));
    until(f, sio__secure_of(f->conn)->established, (void) 0);
    turn(f);
}

static inline void client_sends(fixture_t *f, const char *text) {
    assert_int_equal(tls_client_write(&f->client, text, strlen(text)), strlen(text));
}

static inline void client_gets(fixture_t *f, const char *text) {
    char data[4096];
    size_t length = 0, wanted = strlen(text);
    until(f, length >= wanted || f->client.ended || f->client.fin || f->client.error != 0,
          length += tls_client_read(&f->client, data + length, sizeof(data) - length));
    assert_int_equal(length, wanted);
    assert_memory_equal(data, text, wanted);
}

static inline void client_gets_end(fixture_t *f) {
    char data[4096];
    until(f, f->client.ended || f->client.fin || f->client.error != 0,
          tls_client_read(&f->client, data, sizeof(data)));
}

/* --- the cases --------------------------------------------------------------------------------- */

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BOUNDED(name) cmocka_unit_test_setup_teardown(name, setup_bounded, teardown)

static inline int setup_files(void **state) {
    (void) state;
    signal(SIGPIPE, SIG_IGN); /* which OpenSSL's client raises */
    files_make(&files);
    authority = make_pair("authority", NULL);
    pair_t server = make_pair("server", &authority);
    alice = make_pair("alice", &authority);
    stranger = make_pair("stranger", NULL);
    files_pair(&files, "authority", &authority);
    files_pair(&files, "server", &server);
    files_pair(&files, "alice", &alice);
    free_pair(&server);
    return 0;
}

static inline int teardown_files(void **state) {
    (void) state;
    free_pair(&authority);
    free_pair(&alice);
    free_pair(&stranger);
    files_remove(&files);
    return 0;
}

#endif
