/* Every end of a connection, and what its user may do meanwhile. */
#include "fixture.h"

/* --- closing ---------------------------------------------------------------------------------- */

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
    peer_closes("\x88\x85" M "\x0f\xa1" "bye", 11, "\x88\x05\x0f\xa1" "bye", 7,
                "closed(4001,bye) ");
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

/* --- what the user does in its callback ------------------------------------------------------- */

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
    until(f, sio__ws_odd(f->ws) != NULL);
    sio__ws_pool_free(f->pool);
    f->pool = NULL;
    sio__ws_close(f->ws, 1001, NULL, 0);
    until(f, f->in.length == 4);
    sio__loop_close_conns(f->loop);
    assert_true(log_is(f, "closed(1006,) "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
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
