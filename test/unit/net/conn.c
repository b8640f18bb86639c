/* A connection over a socket pair: one write a turn, short writes, closing in every way. */
#include "net/linger.h"
#include <errno.h>
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

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    sio__conn_t *conn;
    int peer;
    char received[4096];
    size_t received_length;
    int ended, closed, drained, error;
    int close_in_data;
} fixture_t;

static void on_data(sio__conn_t *conn, char *data, size_t length) {
    fixture_t *f = conn->protocol_data;
    memcpy(f->received + f->received_length, data, length);
    f->received_length += length;
    if (f->close_in_data)
        sio__conn_close(conn, 0);
}

static void on_end(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->ended++;
}

static void on_drained(sio__conn_t *conn) {
    ((fixture_t *) conn->protocol_data)->drained++;
}

static void on_closed(sio__conn_t *conn, int error) {
    fixture_t *f = conn->protocol_data;
    f->closed++;
    f->error = error;
    f->conn = NULL;
}

static const sio__protocol_t protocol = {on_data, on_end, on_drained, on_closed};

static void loop_closed(sio__loop_t *loop, void *data) {
    (void) data;
    sio__loop_free(loop);
}

static int setup_with(void **state, uint32_t max_buffered) {
    fixture_t *f = calloc(1, sizeof(*f));
    int pair[2], size = 4096;
    uv_loop_init(&f->uv);
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, (sio__log_t){0}), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    f->peer = pair[1];
    fcntl(f->peer, F_SETFL, O_NONBLOCK);
    uv_pipe_t *pipe = calloc(1, sizeof(*pipe));
    uv_pipe_init(&f->uv, pipe, 0);
    assert_int_equal(uv_pipe_open(pipe, pair[0]), 0);
    f->loop->max_buffered = max_buffered;
    assert_int_equal(sio__conn_open(&f->conn, f->loop, (uv_stream_t *) pipe, &protocol, f, NULL),
                     0);
    *state = f;
    return 0;
}

static int setup(void **state) {
    return setup_with(state, 64 * 1024 * 1024);
}

static int setup_bounded(void **state) {
    return setup_with(state, 100 * 1000);
}

static int teardown(void **state) {
    fixture_t *f = *state;
    sio__loop_close_conns(f->loop);
    assert_int_equal(f->loop->conn_count, 0);
    sio__loop_close(f->loop, loop_closed, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    if (f->peer >= 0)
        close(f->peer);
    free(f);
    return 0;
}

static void turn(fixture_t *f) {
    uv_run(&f->uv, UV_RUN_NOWAIT);
}

static void peer_sends(fixture_t *f, const char *text) {
    assert_int_equal(write(f->peer, text, strlen(text)), (ssize_t) strlen(text));
}

/* One read of the peer's. */
static ssize_t peer_reads(fixture_t *f, char *into, size_t size) {
    return read(f->peer, into, size);
}

static void bytes_come_in(void **state) {
    fixture_t *f = *state;
    peer_sends(f, "hello");
    while (f->received_length < 5)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_memory_equal(f->received, "hello", 5);
}

static void what_is_sent_leaves_at_the_end_of_the_turn_in_one_piece(void **state) {
    fixture_t *f = *state;
    char text[64];
    assert_int_equal(sio__conn_send_copy(f->conn, "one ", 4), 0);
    assert_int_equal(sio__conn_send_copy(f->conn, "two ", 4), 0);
    assert_non_null(sio__scratch_alloc(f->loop->scratch, 3)); /* not neighbours */
    assert_int_equal(sio__conn_send_copy(f->conn, "three", 5), 0);
    assert_int_equal(sio__conn_buffered(f->conn), 13);
    assert_int_equal(peer_reads(f, text, sizeof(text)), -1);
    turn(f);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 13);
    assert_memory_equal(text, "one two three", 13);
    assert_int_equal(sio__conn_buffered(f->conn), 0);
    assert_int_equal(f->drained, 1);
}

/* Sends `total` bytes in pieces over several turns while the peer reads slowly; order must hold. */
static void send_and_check(fixture_t *f, size_t total, size_t piece) {
    unsigned char *data = malloc(piece);
    size_t sent = 0, got = 0;
    char text[1500];
    while (got < total) {
        for (int i = 0; i < 4 && sent < total; i++) {
            for (size_t k = 0; k < piece; k++)
                data[k] = (unsigned char) ((sent + k) % 251);
            assert_int_equal(sio__conn_send_copy(f->conn, data, piece), 0);
            sent += piece;
        }
        turn(f);
        ssize_t length = peer_reads(f, text, sizeof(text));
        for (ssize_t k = 0; k < length; k++)
            assert_int_equal((unsigned char) text[k], (got + (size_t) k) % 251);
        if (length > 0)
            got += (size_t) length;
    }
    free(data);
}

static void a_slow_reader_gets_everything_in_order(void **state) {
    fixture_t *f = *state;
    send_and_check(f, 1000 * 1000, 1000);
    turn(f);
    assert_int_equal(sio__conn_buffered(f->conn), 0);
}

static void large_pieces_are_written_early(void **state) {
    fixture_t *f = *state;
    send_and_check(f, 4 * 300 * 1000, 300 * 1000);
}

static void too_much_buffered_fails_the_connection(void **state) {
    fixture_t *f = *state;
    char piece[10000] = {0};
    int rc = 0;
    for (int i = 0; i < 30 && rc == 0; i++)
        rc = sio__conn_send_copy(f->conn, piece, sizeof(piece));
    assert_int_equal(rc, SIO_ETOOBIG);
    assert_int_equal(f->closed, 0); /* never from inside a send */
    assert_int_equal(sio__conn_send_copy(f->conn, piece, 1), SIO_ECLOSED);
    turn(f);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->error, SIO_ETOOBIG);
}

static void a_reader_that_keeps_up_may_get_more_than_the_bound(void **state) {
    fixture_t *f = *state;
    send_and_check(f, 50 * 4000, 4000);
}

static void the_peers_fin_is_told_and_writing_still_works(void **state) {
    fixture_t *f = *state;
    char text[16];
    shutdown(f->peer, SHUT_WR);
    while (f->ended == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_int_equal(f->closed, 0);
    assert_int_equal(sio__conn_send_copy(f->conn, "bye", 3), 0);
    turn(f);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 3);
}

static void closing_after_write_sends_all_then_fin_then_waits_for_the_peers(void **state) {
    fixture_t *f = *state;
    char text[16];
    assert_int_equal(sio__conn_send_copy(f->conn, "last", 4), 0);
    sio__conn_close_after_write(f->conn);
    assert_int_equal(sio__conn_send_copy(f->conn, "more", 4), SIO_ECLOSED);
    turn(f);
    turn(f);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 4);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 0); /* FIN */
    peer_sends(f, "dropped");
    turn(f);
    assert_int_equal(f->received_length, 0);
    assert_int_equal(f->closed, 0);
    close(f->peer);
    f->peer = -1;
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_int_equal(f->error, 0);
}

static void closing_after_write_ends_in_time_when_the_peer_does_not(void **state) {
    fixture_t *f = *state;
    uint64_t start = uv_now(&f->uv);
    sio__conn_close_after_write(f->conn);
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_in_range(uv_now(&f->uv) - start, SIO__LINGER_MS, SIO__LINGER_MS + 1000);
}

static void a_peer_that_is_done_is_not_waited_for(void **state) {
    fixture_t *f = *state;
    char text[16];
    assert_int_equal(sio__conn_send_copy(f->conn, "last", 4), 0);
    sio__conn_peer_done(f->conn);
    assert_int_equal(f->closed, 0);
    sio__conn_close_after_write(f->conn);
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_int_equal(f->error, 0);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 4);
    assert_int_equal(peer_reads(f, text, sizeof(text)), 0); /* FIN */
}

static void closing_tells_at_once_and_only_once(void **state) {
    fixture_t *f = *state;
    sio__conn_t *conn = f->conn;
    assert_int_equal(sio__conn_send_copy(conn, "dropped", 7), 0);
    sio__conn_close(conn, UV_ETIMEDOUT);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->error, UV_ETIMEDOUT);
    sio__conn_close(conn, 0);
    assert_int_equal(sio__conn_send_copy(conn, "x", 1), SIO_ECLOSED);
    turn(f);
    assert_int_equal(f->closed, 1);
}

static void closing_from_inside_data_is_fine(void **state) {
    fixture_t *f = *state;
    f->close_in_data = 1;
    peer_sends(f, "x");
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_int_equal(f->received_length, 1);
}

static void a_vanished_peer_fails_the_write_and_raises_no_signal(void **state) {
    fixture_t *f = *state;
    close(f->peer);
    f->peer = -1;
    assert_int_equal(sio__conn_send_copy(f->conn, "x", 1), 0);
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_true(f->error == UV_EPIPE || f->error == UV_ECONNRESET);
}

static void closing_while_libuv_writes_is_fine(void **state) {
    fixture_t *f = *state;
    char piece[50000] = {0};
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    turn(f);
    assert_int_equal(f->conn->writing, 1);
    sio__conn_close(f->conn, 0);
    turn(f);
}

static void reading_pauses_and_resumes(void **state) {
    fixture_t *f = *state;
    sio__conn_pause(f->conn);
    peer_sends(f, "later");
    turn(f);
    turn(f);
    assert_int_equal(f->received_length, 0);
    sio__conn_resume(f->conn);
    while (f->received_length < 5)
        uv_run(&f->uv, UV_RUN_ONCE);
}

static void a_peer_that_stops_reading_is_cut_off_one_that_is_slow_is_not(void **state) {
    fixture_t *f = *state;
    char piece[300000] = {0}, text[20000];
    f->loop->stalls.length_ms = 500;
    assert_int_equal(sio__conn_send_copy(f->conn, piece, sizeof(piece)), 0);
    uint64_t start = uv_hrtime() / 1000000;
    size_t got = 0;
    /* Slow: something every now and then, for several times the limit. */
    while (uv_hrtime() / 1000000 - start < 1500) {
        uint64_t last = uv_hrtime() / 1000000;
        ssize_t length = peer_reads(f, text, 2000);
        got += length > 0 ? (size_t) length : 0;
        while (uv_hrtime() / 1000000 - last < 20)
            turn(f);
    }
    assert_true(got < sizeof(piece));
    assert_int_equal(f->closed, 0);
    /* And then not at all. */
    while (f->closed == 0)
        uv_run(&f->uv, UV_RUN_ONCE);
    assert_int_equal(f->error, UV_ETIMEDOUT);
}

static int deferred_runs;

static void on_deferred(sio__deferred_t *deferred) {
    (void) deferred;
    deferred_runs++;
}

static void deferred_work_runs_once_at_the_end_of_the_turn(void **state) {
    fixture_t *f = *state;
    sio__deferred_t a = {0}, b = {0}, c = {0};
    deferred_runs = 0;
    sio__loop_defer(f->loop, &a, on_deferred);
    sio__loop_defer(f->loop, &a, on_deferred);
    sio__loop_defer(f->loop, &b, on_deferred);
    sio__loop_defer(f->loop, &c, on_deferred);
    sio__loop_undefer(f->loop, &c);
    sio__loop_undefer(f->loop, &c);
    assert_int_equal(deferred_runs, 0);
    turn(f);
    assert_int_equal(deferred_runs, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(bytes_come_in),
        CASE(what_is_sent_leaves_at_the_end_of_the_turn_in_one_piece),
        CASE(a_slow_reader_gets_everything_in_order),
        CASE(large_pieces_are_written_early),
        cmocka_unit_test_setup_teardown(too_much_buffered_fails_the_connection, setup_bounded,
                                        teardown),
        CASE(a_reader_that_keeps_up_may_get_more_than_the_bound),
        CASE(the_peers_fin_is_told_and_writing_still_works),
        CASE(closing_after_write_sends_all_then_fin_then_waits_for_the_peers),
        CASE(closing_after_write_ends_in_time_when_the_peer_does_not),
        CASE(a_peer_that_is_done_is_not_waited_for),
        CASE(closing_tells_at_once_and_only_once),
        CASE(closing_from_inside_data_is_fine),
        CASE(a_vanished_peer_fails_the_write_and_raises_no_signal),
        CASE(closing_while_libuv_writes_is_fine),
        CASE(a_peer_that_stops_reading_is_cut_off_one_that_is_slow_is_not),
        CASE(reading_pauses_and_resumes),
        CASE(deferred_work_runs_once_at_the_end_of_the_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
