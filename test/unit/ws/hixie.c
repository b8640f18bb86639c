/* Connections of the drafts 75 and 76: how they open, what comes in, every end [L3]. */
#include "ws/hixie.h"
#include "fixture.h"

/* The draft's: two numbers, eight bytes, and what they make. */
#define NUMBERS "\x09\x47\xfa\x63\x0a\x55\x10\xd3"
#define BODY "Tm[K T2u"
#define DIGEST "fQJ,fN/4F4!~K~MH"

static sio__hixie_t *hixie; /* NULL once closed */
static void (*in_message)(void);

/* --- the user --------------------------------------------------------------------------------- */

static void hixie_opened(sio__hixie_t *it) {
    fixture_t *f = sio__hixie_user_data(it);
    assert_true(sio__hixie_is_open(it));
    sio__buf_puts(&f->log, "opened ");
}

static void hixie_message(sio__hixie_t *it, char *text, size_t length) {
    fixture_t *f = sio__hixie_user_data(it);
    char line[128];
    assert_non_null(text);
    snprintf(line, sizeof(line), length <= 40 ? "text(%.*s) " : "text#%d ", (int) length, text);
    sio__buf_puts(&f->log, line);
    f->last.length = 0;
    sio__buf_append(&f->last, text, length);
    if (f->echo) {
        size_t size;
        const unsigned char *frame = sio__hixie_frame(f->loop->scratch, text, length, &size);
        assert_int_equal(sio__hixie_send(it, frame, size), 0);
    }
    memset(text, '!', length); /* the bytes are the callee's */
    if (in_message != NULL)
        in_message();
}

static void hixie_drained(sio__hixie_t *it) {
    fixture_t *f = sio__hixie_user_data(it);
    assert_true(sio__hixie_writable(it));
    f->drained++;
}

static void hixie_closed(sio__hixie_t *it, int error) {
    fixture_t *f = sio__hixie_user_data(it);
    char line[64];
    snprintf(line, sizeof(line), "closed(%s) ", error == 0 ? "" : sio_err_name(error));
    sio__buf_puts(&f->log, line);
    f->error = error;
    hixie = NULL;
    assert_false(sio__hixie_is_open(it));
}

static const sio__hixie_user_t hixie_user = {hixie_opened, hixie_message, hixie_drained,
                                             hixie_closed};

/* --- the fixture ------------------------------------------------------------------------------ */

/* Where time does not matter there is enough of it, on a slow machine too. */
static fixture_t *begin(int hasty, sio__conn_t **conn) {
    fixture_t *f = fixture_new(&sio__hixie_protocol, 64 * 1024 * 1024, conn);
    if (!hasty)
        f->pool->timeouts.length_ms = PATIENCE;
    in_message = NULL;
    return f;
}

static int begin_opening(void **state, int hasty) {
    sio__conn_t *conn;
    fixture_t *f = begin(hasty, &conn);
    hixie = sio__hixie_begin(conn, sio__hixie_prepare((const unsigned char *) NUMBERS, NULL), LIMIT,
                             &hixie_user);
    assert_false(sio__hixie_is_open(hixie));
    *state = f;
    return 0;
}

static int setup_opening(void **state) {
    return begin_opening(state, 0);
}

static int setup_opening_hasty(void **state) {
    return begin_opening(state, 1);
}

static int setup_75(void **state) {
    sio__conn_t *conn;
    fixture_t *f = begin(0, &conn);
    hixie = sio__hixie_begin(conn, NULL, LIMIT, &hixie_user);
    assert_true(sio__hixie_is_open(hixie));
    *state = f;
    return 0;
}

/* Straight into the protocol; in a block of their own, so that nobody reads beyond. */
static void feed(const void *data, size_t length) {
    sio__conn_t *conn = sio__hixie_conn(hixie);
    char *bytes = malloc(length);
    assert_true(bytes != NULL || length == 0);
    memcpy(bytes, data, length);
    conn->protocol->data(conn, bytes, length);
    free(bytes);
}

static int open_76(fixture_t *f) {
    feed(BODY, 8);
    peer_got(f, DIGEST);
    assert_true(log_is(f, "opened "));
    f->log.length = 0;
    until(f, f->drained == 1);
    return 0;
}

static int setup_76(void **state) {
    setup_opening(state);
    return open_76(*state);
}

static int setup_76_hasty(void **state) {
    setup_opening_hasty(state);
    return open_76(*state);
}

static int teardown_hixie(void **state) {
    int rc = teardown(state);
    assert_null(hixie); /* told of the end in every case */
    return rc;
}

#undef IN
#define IN(setup, test) cmocka_unit_test_setup_teardown(test, setup, teardown_hixie)
#define S(literal) (literal), sizeof(literal) - 1

static void turns(fixture_t *f) {
    for (int i = 0; i < 5; i++)
        turn(f);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void keys(void **state) {
    static const struct {
        const char *key;
        uint32_t number; /* 0: refused */
    } cases[] = {
        {"4 @1  46546xW%0l 1 5", 829309203}, /* the draft's */
        {"12998 5 Y3 1  .P00", 259970620},
        {"18x 6]8vM;54 *(5:  {   U1]8  z [  8", 155712099},
        {"1_ tx7X d  <  nw  334J702) 7]o}` 0", 173347027},
        {"4294967295 x", 4294967295}, /* the largest there is */
        {"4294967296 x", 0},
        {"99999999999999999999999999999 9", 0},
        {"5x5", 0},    /* no space */
        {"5 5 5", 0},  /* 555 / 2 */
        {"a b c", 0},  /* no digit */
        {"", 0},
        {" ", 0},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t number = 0;
        if ((sio__hixie_key(cases[i].key, &number) != 0) != (cases[i].number != 0) ||
            number != cases[i].number)
            fail_msg("\"%s\" makes %u", cases[i].key, (unsigned) number);
    }
}

static void opens_in_pieces(void **state) {
    fixture_t *f = *state;
    for (size_t i = 0; i < 7; i++) {
        peer_sends(f, &BODY[i], 1);
        turns(f);
        assert_int_equal(f->in.length, 0);
        assert_true(log_is(f, ""));
    }
    assert_int_equal(sio__hixie_send(hixie, (const unsigned char *) "\0x\xff", 3), SIO_ECLOSED);
    assert_false(sio__hixie_writable(hixie));
    peer_sends(f, &BODY[7], 1);
    peer_got(f, DIGEST);
    assert_true(log_is(f, "opened "));
}

static void opens_and_goes_on(void **state) {
    fixture_t *f = *state;
    f->echo = 1;
    feed(S(BODY "\0hello\xff\0wor"));
    feed(S("ld\xff"));
    assert_true(log_is(f, "opened text(hello) text(world) "));
    peer_got(f, DIGEST "\0hello\xff\0world\xff");
}

static void opening_times_out(void **state) {
    fixture_t *f = *state;
    feed(BODY, 7);
    until(f, log_is(f, "closed(SIO_ETIMEDOUT) "));
    assert_int_equal(f->loop->conn_count, 0);
    assert_int_equal(f->in.length, 0);
}

static void ends_while_it_opens(void **state) {
    fixture_t *f = *state;
    feed(BODY, 5);
    shutdown(f->peer, SHUT_WR);
    until(f, log_is(f, "closed(EOF) ") && f->loop->conn_count == 0);
}

static void closed_while_it_opens(void **state) {
    fixture_t *f = *state;
    feed(BODY, 5);
    sio__hixie_close(hixie);
    sio__hixie_close(hixie);
    feed(&BODY[5], 3);
    until(f, f->peer_ended);
    assert_int_equal(f->in.length, 0);
    close(f->peer);
    f->peer = -1;
    until(f, log_is(f, "closed() "));
}

/* --- messages --------------------------------------------------------------------------------- */

static void is_small(void **state) {
    fixture_t *f = *state;
    feed(S("\0a\xff"));
    assert_true(sio__hixie_writable(hixie));
    assert_int_equal(sio__hixie_buffered(hixie), 0);
    assert_true(log_is(f, "text(a) "));
    /* nothing but the connection's own room: a cut frame needs memory, and gives it back */
    void *const *more = (void *const *) (const void *) hixie + 1;
    assert_null(*more);
    feed(S("\0b"));
    assert_non_null(*more);
    feed(S("\xff"));
    assert_null(*more);
}

#define STREAM                                                                                     \
    "\0one\xff"                                                                                    \
    "\0\xff"                                                                                       \
    "\0t\xc3\xb6 \xe2\x82\xac\xff"                                                                 \
    "\1nobody knows this\xff"                                                                      \
    "\x80\0"                                                                                       \
    "\x80\3\xff\0\xff"                                                                             \
    "\xff\x80\x04\0ab\xff"                                                                         \
    "\x7f\xff"                                                                                     \
    "\0a\0b\xff"                                                                                   \
    "\xfe\x81\x01" HUNDRED_29 "\0last\xff"
#define TEN "\0\1\xff\0\xff\xff\0\0\xff\0"
#define HUNDRED_29 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "\xff\xff\xff\xff\0\0\0\0\0"
#define HEARD "text(one) text() text(t\xc3\xb6 \xe2\x82\xac) text(a"

static void heard(fixture_t *f) {
    static const char expected[] = HEARD ") text(last) "; /* %s ends at the NUL */
    if (!log_is(f, expected))
        fail_msg("%.*s", (int) f->log.length, f->log.data);
    f->log.length = 0;
}

static void bytes_one_at_a_time(void **state) {
    fixture_t *f = *state;
    for (size_t i = 0; i < sizeof(STREAM) - 1; i++)
        feed(&STREAM[i], 1);
    heard(f);
}

static void cut_in_two(void **state) {
    fixture_t *f = *state;
    for (size_t cut = 0; cut < sizeof(STREAM); cut++) {
        feed(STREAM, cut);
        feed(&STREAM[cut], sizeof(STREAM) - 1 - cut);
        heard(f);
    }
}

static void sizes_at_the_edges(void **state) {
    static const size_t lengths[] = {0, 1, 125, 126, 65533, 65534, 65535, 65536, 65537, LIMIT};
    fixture_t *f = *state;
    f->echo = 1;
    char *text = pattern(LIMIT);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        sio__buf_t frame = {0};
        sio__buf_append(&frame, "", 1);
        sio__buf_append(&frame, text, lengths[i]);
        sio__buf_append(&frame, "\xff", 1);
        peer_sends(f, frame.data, frame.length);
        until(f, f->in.length >= frame.length);
        assert_int_equal(f->in.length, frame.length);
        assert_memory_equal(f->in.data, frame.data, frame.length);
        f->in.length = 0;
        sio__buf_free(&frame);
    }
    free(text);
}

static void what_is_no_text_is_mended(void **state) {
    fixture_t *f = *state;
    feed(S("\0caf\xe9\xff\0\xc3\xff\0\xed\xa0\x80\xff\0a\xf4\x90z"));
    feed(S("\xff\0ok\xff"));
    assert_true(log_is(f, "text(caf\xef\xbf\xbd) text(\xef\xbf\xbd) "
                          "text(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd) "
                          "text(a\xef\xbf\xbd\xef\xbf\xbdz) text(ok) "));
}

/* --- what is refused -------------------------------------------------------------------------- */

/* LIMIT bytes and one, in whichever frame, in pieces of `step`. */
static void too_big(const char *head, size_t head_length, size_t step, int error) {
    void *state;
    char name[64];
    setup_76(&state);
    fixture_t *f = state;
    sio__buf_t out = {0};
    char *text = pattern(LIMIT + 1);
    sio__buf_append(&out, head, head_length);
    sio__buf_append(&out, text, LIMIT + 1);
    sio__buf_append(&out, "\xff\0late\xff", 7);
    for (size_t at = 0; at < out.length && hixie != NULL; at += step)
        feed(out.data + at, out.length - at < step ? out.length - at : step);
    snprintf(name, sizeof(name), "closed(%s) ", sio_err_name(error));
    if (!log_is(f, name))
        fail_msg("\\x%02x: %.*s", (unsigned char) head[0], (int) f->log.length, f->log.data);
    until(f, f->peer_ended);
    assert_int_equal(f->in.length, 0);
    close(f->peer);
    f->peer = -1;
    until(f, f->loop->conn_count == 0);
    sio__buf_free(&out);
    free(text);
    teardown_hixie(&state);
}

static void too_large(void **state) {
    static const size_t steps[] = {2 * LIMIT, 60000, 1000, 1};
    (void) state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        too_big(S("\0"), steps[i], SIO_ETOOBIG);
        too_big(S("\x01"), steps[i], SIO_ETOOBIG);
        too_big(S("\x80\x86\x8d\x21"), steps[i], SIO_ETOOBIG); /* LIMIT + 1 announced */
        too_big(S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), steps[i], SIO_ETOOBIG);
        /* a length without an end */
        too_big(S("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), steps[i], SIO_EPROTO);
    }
}

static void the_limit_itself_is_fine(void **state) {
    fixture_t *f = *state;
    char *text = pattern(LIMIT);
    feed(S("\x80\x86\x8d\x20"));
    feed(text, LIMIT);
    feed(S("\x55"));
    feed(text, LIMIT);
    feed(S("\xff\0"));
    feed(text, LIMIT);
    feed(S("\xff"));
    assert_int_equal(f->last.length, LIMIT);
    assert_memory_equal(f->last.data, text, LIMIT);
    free(text);
}

/* --- closing ---------------------------------------------------------------------------------- */

static void the_peer_closes(void **state) {
    fixture_t *f = *state;
    f->echo = 1;
    feed(S("\0hello\xff\xff\0\0not to be read\xff"));
    assert_true(log_is(f, "text(hello) closed() "));
    peer_got(f, "\0hello\xff\xff\0");
    until(f, f->peer_ended && f->loop->conn_count == 0);
}

/* There is no closing frame in this draft to answer with. */
static void the_peer_closes_75(void **state) {
    fixture_t *f = *state;
    f->echo = 1;
    feed(S("\0hello\xff\xff"));
    feed(S("\0"));
    assert_true(log_is(f, "text(hello) closed() "));
    peer_got(f, "\0hello\xff");
    until(f, f->peer_ended && f->loop->conn_count == 0);
}

static void send_one(fixture_t *f, const char *text) {
    size_t size;
    const unsigned char *frame = sio__hixie_frame(f->loop->scratch, text, strlen(text), &size);
    assert_int_equal(sio__hixie_send(hixie, frame, size), 0);
}

static void we_close(void **state) {
    fixture_t *f = *state;
    send_one(f, "last");
    sio__hixie_close(hixie);
    sio__hixie_close(hixie);
    assert_int_equal(sio__hixie_send(hixie, (const unsigned char *) "\0\xff", 2), SIO_ECLOSED);
    assert_false(sio__hixie_is_open(hixie));
    peer_got(f, "\0last\xff\xff\0");
    assert_true(log_is(f, ""));
    feed(S("\0late\xff\x80\4late\1late\xff\0la"));
    feed(S("te\xff"));
    turns(f);
    assert_int_equal(f->peer_ended, 0);
    feed(S("\xff\0"));
    assert_true(log_is(f, "closed() "));
    until(f, f->peer_ended);
    assert_int_equal(f->in.length, 0);
}

static void we_close_75(void **state) {
    fixture_t *f = *state;
    send_one(f, "last");
    sio__hixie_close(hixie);
    until(f, f->peer_ended);
    peer_got(f, "\0last\xff");
    close(f->peer);
    f->peer = -1;
    until(f, log_is(f, "closed() "));
}

/* The close begins in the midst of something; the peer's must still be found behind it. */
static void we_close_amid(const char *before, size_t before_length, const char *after,
                          size_t after_length) {
    void *state;
    setup_76(&state);
    fixture_t *f = state;
    feed(before, before_length);
    sio__hixie_close(hixie);
    for (size_t i = 0; i < after_length; i++) {
        assert_true(log_is(f, ""));
        feed(after + i, 1);
    }
    assert_true(log_is(f, "closed() "));
    teardown_hixie(&state);
}

static void we_close_amid_frames(void **state) {
    (void) state;
    we_close_amid(S("\0ab"), S("c\xff\xff\0"));
    we_close_amid(S("\x81"), S("\2\xff\0\xff\0"));
    we_close_amid(S("\x81\x81"), S("\1" HUNDRED_29 "\xff\0"));
    we_close_amid(S("\x81\5\xff\0"), S("\xff\0\xff\xff\0"));
    we_close_amid(S("\2a"), S("\0\xff\xff\0"));
    we_close_amid(S("\xff"), S("\0"));
}

static void closing_times_out(void **state) {
    fixture_t *f = *state;
    uint64_t start = uv_hrtime();
    sio__hixie_close(hixie);
    until(f, log_is(f, "closed(SIO_ETIMEDOUT) "));
    assert_true((uv_hrtime() - start) / 1000000 >= CLOSE_TIMEOUT - 1);
    assert_int_equal(f->loop->conn_count, 0);
}

static void fin(void **state) {
    fixture_t *f = *state;
    f->echo = 1;
    peer_sends(f, "\0hello\xff\0cut", 11);
    shutdown(f->peer, SHUT_WR);
    until(f, f->peer_ended);
    assert_true(log_is(f, "text(hello) closed(EOF) "));
    peer_got(f, "\0hello\xff"); /* what was queued has left */
    until(f, f->loop->conn_count == 0);
}

static void rst_amid(const char *bytes, size_t length) {
    struct linger now = {1, 0};
    void *state;
    setup_76(&state);
    fixture_t *f = state;
    feed(bytes, length);
    setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(f->peer);
    f->peer = -1;
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "closed(ECONNRESET) "));
    teardown_hixie(&state);
}

static void resets(void **state) {
    (void) state;
    rst_amid("", 0);
    rst_amid(S("\0"));
    rst_amid(S("\0hel"));
    rst_amid(S("\3hel"));
    rst_amid(S("\x85\x85"));
    rst_amid(S("\x85\5a"));
    rst_amid(S("\xff"));
}

/* --- what the user does in its callback ------------------------------------------------------- */

static void close_it(void) {
    sio__hixie_close(hixie);
}

static void forget_it(void) {
    sio__hixie_t *it = hixie;
    hixie = NULL;
    sio__hixie_forget(it);
}

static void abort_it(void) {
    sio__conn_close(sio__hixie_conn(hixie), 0);
}

static void closes_in_its_callback(void **state) {
    fixture_t *f = *state;
    in_message = close_it;
    peer_sends(f, "\0first\xff\0second\xff\0third", 21);
    peer_got(f, "\xff\0");
    peer_sends(f, "\xff\xff\0", 3);
    until(f, log_is(f, "text(first) closed() "));
}

static void closes_in_the_callback_of_a_cut_frame(void **state) {
    fixture_t *f = *state;
    in_message = close_it;
    feed(S("\0fir"));
    feed(S("st\xff\0second\xff\xff\0"));
    assert_true(log_is(f, "text(first) closed() "));
    peer_got(f, "\xff\0");
}

static void aborts_in_its_callback(void **state) {
    fixture_t *f = *state;
    in_message = abort_it;
    peer_sends(f, "\0first\xff\0second\xff\0third", 21);
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "text(first) closed() "));
}

static void aborts_in_the_callback_of_a_cut_frame(void **state) {
    fixture_t *f = *state;
    in_message = abort_it;
    feed(S("\0fir"));
    feed(S("st\xff\0second\xff"));
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, "text(first) closed() "));
}

static void aborts_in_the_callback_of_a_mended_one(void **state) {
    fixture_t *f = *state;
    in_message = abort_it;
    feed(S("\0\xc0"));
    feed(S("\xff\0second\xff"));
    assert_true(log_is(f, "text(\xef\xbf\xbd) closed() "));
}

static void forgets_in_its_callback(void **state) {
    fixture_t *f = *state;
    in_message = forget_it;
    peer_sends(f, "\0first\xff\0second\xff\xff\0", 17);
    until(f, f->peer_ended);
    peer_got(f, "\xff\0");
    assert_true(log_is(f, "text(first) "));
    until(f, f->loop->conn_count == 0);
}

static void forgotten_and_never_answered(void **state) {
    fixture_t *f = *state;
    forget_it();
    until(f, f->loop->conn_count == 0);
    assert_true(log_is(f, ""));
    peer_got(f, "\xff\0");
}

static void drained_is_told(void **state) {
    fixture_t *f = *state;
    send_one(f, "x");
    assert_false(sio__hixie_writable(hixie));
    assert_int_equal(sio__hixie_buffered(hixie), 3);
    until(f, f->drained == 2); /* the digest was the first */
    peer_got(f, "\0x\xff");
}

static void the_pool_may_go_first(void **state) {
    fixture_t *f = *state;
    feed(S("\0abc"));
    sio__ws_pool_free(f->pool);
    f->pool = NULL;
    sio__hixie_close(hixie); /* nobody would keep the time of a closing handshake */
    until(f, f->peer_ended);
    sio__loop_close_conns(f->loop);
    assert_true(log_is(f, "closed() "));
}

static void the_pool_may_go_while_it_opens(void **state) {
    fixture_t *f = *state;
    sio__ws_pool_free(f->pool);
    f->pool = NULL;
    feed(BODY, 8);
    peer_got(f, DIGEST);
    sio__loop_close_conns(f->loop);
    assert_true(log_is(f, "opened closed() "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        IN(setup_opening, opens_in_pieces),
        IN(setup_opening, opens_and_goes_on),
        IN(setup_opening_hasty, opening_times_out),
        IN(setup_opening, ends_while_it_opens),
        IN(setup_opening, closed_while_it_opens),
        IN(setup_76, is_small),
        IN(setup_75, bytes_one_at_a_time),
        IN(setup_76, cut_in_two),
        IN(setup_75, sizes_at_the_edges),
        IN(setup_76, what_is_no_text_is_mended),
        cmocka_unit_test(too_large),
        IN(setup_76, the_limit_itself_is_fine),
        IN(setup_76, the_peer_closes),
        IN(setup_75, the_peer_closes_75),
        IN(setup_76, we_close),
        IN(setup_75, we_close_75),
        cmocka_unit_test(we_close_amid_frames),
        IN(setup_76_hasty, closing_times_out),
        IN(setup_76, fin),
        IN(setup_75, fin),
        cmocka_unit_test(resets),
        IN(setup_76, closes_in_its_callback),
        IN(setup_76, closes_in_the_callback_of_a_cut_frame),
        IN(setup_76, aborts_in_its_callback),
        IN(setup_76, aborts_in_the_callback_of_a_cut_frame),
        IN(setup_76, aborts_in_the_callback_of_a_mended_one),
        IN(setup_76, forgets_in_its_callback),
        IN(setup_76_hasty, forgotten_and_never_answered),
        IN(setup_76, drained_is_told),
        IN(setup_76, the_pool_may_go_first),
        IN(setup_opening, the_pool_may_go_while_it_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
