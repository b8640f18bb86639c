/* A burst larger than the network takes: no system call for each of its pieces. */
#include "net/conn.h"
#include <fcntl.h>
#include <setjmp.h>
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

static void a_full_network_is_left_alone_until_the_turn_ends(void **state) {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    int pair[2], size = 4096, closed = 0;
    (void) state;
    assert_int_equal(uv_loop_init(&uv), 0);
    assert_int_equal(sio__loop_new(&loop, &uv, (sio__log_t){0}), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    assert_non_null(pipe);
    uv_pipe_init(&uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    loop->max_buffered = BOUND;
    assert_int_equal(sio__conn_open(&conn, loop, (uv_stream_t *) pipe, &protocol, &closed, NULL),
                     0);

    char piece[PIECE];
    size_t early = 0;
    for (int i = 0; i < PIECES; i++) {
        memset(piece, i, sizeof(piece));
        assert_int_equal(sio__conn_send_copy(conn, piece, sizeof(piece)), 0);
        if (early == 0)
            early = drain(pair[1], 0); /* there is room again, but nobody asks */
        else
            assert_int_equal(drain(pair[1], early), early);
    }
    assert_true(early > 0);
    assert_true(early < (size_t) PIECE * PIECES);

    size_t count = early;
    while (count < (size_t) PIECE * PIECES) {
        uv_run(&uv, UV_RUN_NOWAIT);
        count = drain(pair[1], count);
        assert_int_equal(closed, 0);
    }
    close(pair[1]);
    while (closed == 0)
        uv_run(&uv, UV_RUN_ONCE);
    sio__loop_close(loop, loop_closed, NULL);
    uv_run(&uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&uv), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_network_is_left_alone_until_the_turn_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
