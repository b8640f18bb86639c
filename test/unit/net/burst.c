/* A burst larger than the network takes: no system call for each of its pieces. */
#include "net/conn.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIECE = 64 * 1024, PIECES = 32, BOUND = 64 * PIECE };

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    (void) conn, (void) data, (void) length;
}

static void on_end(sio__conn_t *conn) {
    sio__conn_close(conn, 0);
}

static void on_closed(sio__conn_t *conn, int error) {
    int *closed = conn->protocol_data;
    (void) error;
    ++*closed;
}

static const sio__protocol_t protocol = {on_data, on_end, NULL, on_closed};

static void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

/* Everything there is, as a count; the bytes are the numbers of their pieces. */
static size_t drain(int fd, size_t before) {
    unsigned char buffer[4096];
    size_t count = before;
    ssize_t got;
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        for (ssize_t i = 0; i < got; i++, count++)
            assert_int_equal(buffer[i], count / PIECE);
    return count;
}

/* A connection whose peer takes little, and reads only when it is told to. */
typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    int peer;
    int closed;
} fixture_t;

static int setup(void **state) {
    int pair[2], size = 4096;
    fixture_t *f = calloc(1, sizeof(*f));
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    assert_non_null(f);
    assert_non_null(pipe);
    assert_int_equal(uv_loop_init(&f->uv), 0);
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, (sio__log_t){0}), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    f->peer = pair[1];
    uv_pipe_init(&f->uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    f->loop->max_buffered = BOUND;
    assert_int_equal(sio__conn_open(&f->conn, f->loop, (uv_stream_t *) pipe, &protocol, &f->closed,
                                    NULL), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    close(f->peer);
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    sio__loop_close(f->loop, loop_closed, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    free(f);
    return 0;
}

static void a_full_network_is_left_alone_until_the_turn_ends(void **state) {
    fixture_t *f = *state;
    char piece[PIECE];
    size_t early = 0;
    for (int i = 0; i < PIECES; i++) {
        memset(piece, i, sizeof(piece));
        assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
        if (early == 0)
            early = drain(f->peer, 0); /* there is room again, but nobody asks */
        else
            assert_int_equal(drain(f->peer, early), early);
    }
    assert_true(early > 0);
    assert_true(early < (size_t) PIECE * PIECES);

    size_t count = early;
    while (count < (size_t) PIECE * PIECES) {
        uv_run(&f->uv, UV_RUN_NOWAIT);
        count = drain(f->peer, count);
        assert_int_equal(f->closed, 0);
    }
}

/* Each costs more than its bytes. */
static void small_pieces_meet_the_bound_before_their_bytes_do(void **state) {
    enum { SMALL = 16 };
    fixture_t *f = *state;
    char piece[SMALL] = "sixteen bytes...";
    size_t count = 0;
    while (f->closed == 0) {
        int rc = sio__conn_send_copy(f->conn, piece, sizeof(piece));
        assert_true(rc == 0 || rc == SIO_ETOOBIG || rc == SIO_ECLOSED);
        count += rc == 0;
        uv_run(&f->uv, UV_RUN_NOWAIT); /* an extent of its own */
    }
    assert_true(count * SMALL < BOUND / 2);
    assert_true(count * (SMALL + sizeof(sio__extent_t)) > BOUND / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_network_is_left_alone_until_the_turn_ends, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(small_pieces_meet_the_bound_before_their_bytes_do, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
