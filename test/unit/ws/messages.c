/* Messages come in whole, cut and fragmented; what is wrong is refused with the right code. */
#include "fixture.h"

/* --- messages --------------------------------------------------------------------------------- */

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
        assert_true(f->ws->more == NULL || f->ws->more->partial == NULL);
        assert_null(sio__ws_odd(f->ws));
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
        add_frame(&out, (i == 0 ? 0x01 : 0x00) | (i == COUNT - 1 ? 0x80 : 0), text + i * SIZE,
                  SIZE);
    peer_sends(f, out.data, out.length);
    until(f, f->last.length > 0);
    assert_int_equal(f->last.length, (size_t) COUNT * SIZE);
    assert_memory_equal(f->last.data, text, f->last.length);
    assert_null(sio__ws_odd(f->ws));
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
    char bytes[14 + 1000] = {(char) 0x82, (char) 0xff, 0, 0, 0, 0, 0, (char) 0xff};
    sio__ws_receive(f->ws, bytes, 14 + 100);
    assert_non_null(f->ws->more->partial);
    assert_true(f->ws->more->partial->payload.capacity < 1000);
    sio__ws_receive(f->ws, bytes + 14, 1000);
    assert_int_equal(f->ws->more->partial->payload.length, 1100);
    assert_true(f->ws->more->partial->payload.capacity < 10000);
}

/* --- what is refused -------------------------------------------------------------------------- */

typedef struct {
    const char *bytes; /* masked with zeros */
    size_t length;
    int code;
    int error;
} wrong_t;

#define WRONG(bytes, code, error)                                                                  \
    { bytes, sizeof(bytes) - 1, code, error }

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
