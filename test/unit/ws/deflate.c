/* [E10] Compressed messages on a connection (RFC 7692): whole, cut and fragmented, both ways. */
#include "fixture.h"

static const sio_deflate_options_t options = {.enabled = 1, .threshold = 20, .level = -1,
                                              .mem_level = 8};

static void agree(fixture_t *f, const sio__deflate_params_t *params) {
    assert_int_equal(sio__ws_need_more(f->ws), 0);
    f->ws->more->deflate = sio__ws_deflate_new(&f->loop->zips, params, &options);
    assert_non_null(f->ws->more->deflate);
    f->ws->deflates = 1;
}

static int setup_deflate(void **state) {
    static const sio__deflate_params_t params = {15, 15, 0, 0};
    int rc = setup(state);
    agree(*state, &params);
    return rc;
}

static int setup_fresh(void **state) {
    static const sio__deflate_params_t params = {15, 15, 1, 1};
    int rc = setup(state);
    agree(*state, &params);
    return rc;
}

/* The compressed form of bytes, as it stands in a frame. */
static sio__buf_t pack(sio__deflater_t *deflater, const void *data, size_t length) {
    static const sio__zip_form_t form = {15, -1, 8};
    sio__scratch_t *scratch = sio__scratch_new();
    sio__deflater_t *own = deflater == NULL ? sio__deflater_new(&form) : NULL;
    sio__writer_t writer;
    sio__buf_t out = {0};
    size_t size = 0;
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__deflater_put(deflater != NULL ? deflater : own, &writer, data, length,
                                       SIO__ZIP_FLUSH), 0);
    const unsigned char *bytes = sio__writer_end(&writer, &size);
    assert_int_equal(sio__buf_append(&out, bytes, size - 4), 0);
    sio__deflater_free(own);
    sio__scratch_free(scratch);
    return out;
}

static void peer_packs(fixture_t *f, int first, const void *data, size_t length) {
    sio__buf_t packed = pack(NULL, data, length);
    peer_frame(f, first, packed.data, packed.length);
    sio__buf_free(&packed);
}

/* The examples of RFC 7692 7.2.3. */
static void examples_of_the_standard(void **state) {
    fixture_t *f = *state;
    peer_frame(f, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    peer_frame(f, 0x41, "\xf2\x48\xcd", 3);
    peer_frame(f, 0x80, "\xc9\xc9\x07\x00", 4);
    peer_frame(f, 0xc1, "\xf2\x00\x11\x00\x00", 5); /* sharing the window */
    peer_frame(f, 0xc1, "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11);
    peer_frame(f, 0xc1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8); /* a final block */
    peer_frame(f, 0xc1, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13);
    peer_frame(f, 0xc2, "\x00", 1);
    peer_frame(f, 0x81, "plain", 5);
    until(f, log_is(f, "text(Hello) text(Hello) text(Hello) text(Hello) text(Hello) text(Hello) "
                       "binary() text(plain) "));
}

static void byte_by_byte(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0}, packed = pack(NULL, "caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9", 17);
    add_frame(&out, 0xc1, packed.data, packed.length);
    add_frame(&out, 0x41, packed.data, 3);
    add_frame(&out, 0x89, "ping", 4);
    add_frame(&out, 0x00, "", 0);
    add_frame(&out, 0x00, packed.data + 3, packed.length - 3);
    add_frame(&out, 0x8a, "late", 4);
    add_frame(&out, 0x80, "", 0);
    add_frame(&out, 0x01, "pl", 2); /* a fragmented one that is not compressed */
    add_frame(&out, 0x80, "ain", 3);
    add_frame(&out, 0xc2, packed.data, packed.length);
    add_frame(&out, 0x88, "\x03\xe8" "bye", 5);
    for (size_t i = 0; i < out.length; i++) {
        char byte = out.data[i];
        assert_non_null(f->ws);
        sio__ws_receive(f->ws, &byte, 1);
    }
    assert_true(log_is(f, "text(caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9) pong(late) "
                          "text(caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9) text(plain) "
                          "binary(caf\xc3\xa9 caf\xc3\xa9 caf\xc3\xa9) closed(1000,bye) "));
    peer_got(f, "\x8a\x04ping\x88\x05\x03\xe8" "bye");
    sio__buf_free(&out);
    sio__buf_free(&packed);
}

static void cut_in_two(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0}, packed = pack(NULL, "one two one two one two", 23);
    add_frame(&out, 0xc1, packed.data, packed.length);
    add_frame(&out, 0x42, packed.data, 4);
    add_frame(&out, 0x89, "", 0);
    add_frame(&out, 0x80, packed.data + 4, packed.length - 4);
    for (size_t cut = 0; cut <= out.length; cut++) {
        char *first = malloc(cut), *second = malloc(out.length - cut);
        memcpy(first, out.data, cut);
        memcpy(second, out.data + cut, out.length - cut);
        sio__ws_receive(f->ws, first, cut);
        sio__ws_receive(f->ws, second, out.length - cut);
        assert_true(log_is(f, "text(one two one two one two) binary(one two one two one two) "));
        f->log.length = 0;
        free(first);
        free(second);
    }
    sio__buf_free(&out);
    sio__buf_free(&packed);
}

static void refused(fixture_t *f, const char *log, int error) {
    until(f, f->ws == NULL);
    if (!log_is(f, log))
        fail_msg("%.*s", (int) f->log.length, f->log.data);
    assert_int_equal(f->error, error);
}

/* RSV1 has a meaning in the first frame of a message only. */
static void rsv1_on_a_continuation(void **state) {
    peer_frame(*state, 0x41, "\xf2\x48", 2);
    peer_frame(*state, 0xc0, "\xcd", 1);
    refused(*state, "closed(1002,) ", SIO_EPROTO);
}

static void rsv1_on_a_ping(void **state) {
    peer_frame(*state, 0xc9, "", 0);
    refused(*state, "closed(1002,) ", SIO_EPROTO);
}

static void rsv2(void **state) {
    peer_frame(*state, 0xe1, "\x00", 1);
    refused(*state, "closed(1002,) ", SIO_EPROTO);
}

static void a_message_within_a_compressed_one(void **state) {
    peer_frame(*state, 0x41, "\xf2\x48", 2);
    peer_frame(*state, 0x81, "x", 1);
    refused(*state, "closed(1002,) ", SIO_EPROTO);
}

/* Without an agreement a compressed message is none. */
static void rsv1_unasked(void **state) {
    peer_frame(*state, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
    refused(*state, "closed(1002,) ", SIO_EPROTO);
}

static void no_deflate(void **state) {
    peer_frame(*state, 0xc1, "\xff\xff\xff", 3);
    refused(*state, "closed(1007,) ", SIO_EPROTO);
}

static void bad_utf8_within(void **state) {
    peer_packs(*state, 0xc1, "bad: \xc3\x28", 7);
    refused(*state, "closed(1007,) ", SIO_EUTF8);
}

static void cut_utf8_within(void **state) {
    peer_packs(*state, 0xc1, "cut: \xe2\x82", 7);
    refused(*state, "closed(1007,) ", SIO_EUTF8);
}

static void binary_need_not_be_utf8(void **state) {
    fixture_t *f = *state;
    peer_packs(f, 0xc2, "\xff\xfe", 2);
    until(f, log_is(f, "binary(\xff\xfe) "));
}

static void exactly_the_limit(void **state) {
    fixture_t *f = *state;
    char *zeros = calloc(1, LIMIT);
    peer_packs(f, 0xc2, zeros, LIMIT);
    until(f, f->last.length == LIMIT);
    assert_memory_equal(f->last.data, zeros, LIMIT);
    free(zeros);
}

static void a_byte_more_than_the_limit(void **state) {
    char *zeros = calloc(1, LIMIT + 1);
    peer_packs(*state, 0xc2, zeros, LIMIT + 1);
    refused(*state, "closed(1009,) ", SIO_ETOOBIG);
    free(zeros);
}

/* In two frames, the second of which need not come. */
static void a_bomb_of_fragments(void **state) {
    enum { SIZE = 40 * 1000 * 1000 };
    fixture_t *f = *state;
    char *zeros = calloc(1, SIZE);
    sio__buf_t packed = pack(NULL, zeros, SIZE);
    assert_true(packed.length < LIMIT);
    peer_frame(f, 0x42, packed.data, packed.length / 2);
    refused(f, "closed(1009,) ", SIO_ETOOBIG);
    sio__buf_free(&packed);
    free(zeros);
}

/* What is announced in compressed form counts too. */
static void a_frame_beyond_the_limit(void **state) {
    fixture_t *f = *state;
    sio__buf_t out = {0};
    char *zeros = calloc(1, LIMIT);
    add_frame(&out, 0x42, "\x00", 1);
    add_frame(&out, 0x80, zeros, LIMIT);
    peer_sends(f, out.data, out.length);
    refused(f, "closed(1009,) ", SIO_ETOOBIG);
    sio__buf_free(&out);
    free(zeros);
}

/* --- out -------------------------------------------------------------------------------------- */

static int send_text(fixture_t *f, const char *text, size_t length,
                     const sio__deflated_t **deflated) {
    sio__frame_t frame;
    assert_int_equal(sio__frame_make(f->loop->scratch, SIO__WS_TEXT, text, length, &frame), 0);
    return sio__ws_send_message(f->ws, &frame, deflated);
}

/* The next message that the peer has got, of up to 64 KiB, inflated if it is compressed, which is
 * returned. */
static int peer_inflates(fixture_t *f, sio__inflater_t *inflater, sio__buf_t *out) {
    until(f, f->in.length >= 2);
    const unsigned char *in = (const unsigned char *) f->in.data;
    size_t head = in[1] == 126 ? 4 : 2;
    until(f, f->in.length >= head);
    in = (const unsigned char *) f->in.data;
    size_t length = in[1] == 126 ? (size_t) (in[2] << 8 | in[3]) : in[1];
    until(f, f->in.length >= head + length);
    int compressed = ((unsigned char) f->in.data[0] & 0x40) != 0;
    assert_int_equal((unsigned char) f->in.data[0] & ~0x40, 0x81);
    out->length = 0;
    if (compressed) {
        assert_int_equal(sio__inflater_put(inflater, out, 1 << 20, f->in.data + head, length), 0);
        assert_int_equal(sio__inflater_put(inflater, out, 1 << 20, "\0\0\xff\xff", 4), 0);
    } else {
        sio__buf_append(out, f->in.data + head, length);
    }
    sio__buf_consume(&f->in, head + length);
    return compressed;
}

static void small_ones_go_as_they_are(void **state) {
    fixture_t *f = *state;
    sio__inflater_t *inflater = sio__inflater_new(15);
    sio__buf_t out = {0};
    assert_int_equal(send_text(f, "nineteen characters", 19, NULL), 0);
    assert_int_equal(peer_inflates(f, inflater, &out), 0);
    assert_int_equal(send_text(f, "aaaaaaaaaaaaaaaaaaaa", 20, NULL), 0);
    assert_int_equal(peer_inflates(f, inflater, &out), 1);
    assert_int_equal(out.length, 20);
    assert_memory_equal(out.data, "aaaaaaaaaaaaaaaaaaaa", 20);
    /* One that is not to be compressed. */
    const sio__deflated_t *plain = &sio__not_deflated;
    assert_int_equal(send_text(f, "aaaaaaaaaaaaaaaaaaaa", 20, &plain), 0);
    assert_int_equal(peer_inflates(f, inflater, &out), 0);
    sio__buf_free(&out);
    sio__inflater_free(inflater);
}

/* Context takeover: what was sent before need not be sent again. */
static void the_context_goes_on(void **state) {
    fixture_t *f = *state;
    sio__inflater_t *inflater = sio__inflater_new(15);
    sio__buf_t out = {0};
    char *text = pattern(3000);
    unsigned seed = 7;
    for (size_t i = 0; i < 3000; i++) /* nothing in it repeats */
        text[i] = (char) ('!' + ((seed = seed * 1103515245u + 12345u) >> 16) % 90);
    size_t sizes[3];
    for (int i = 0; i < 3; i++) {
        size_t before = sio__ws_buffered(f->ws);
        assert_int_equal(send_text(f, text, 3000, NULL), 0);
        sizes[i] = sio__ws_buffered(f->ws) - before;
        assert_int_equal(peer_inflates(f, inflater, &out), 1);
        assert_int_equal(out.length, 3000);
        assert_memory_equal(out.data, text, 3000);
    }
    assert_true(sizes[1] < sizes[0] / 10 && sizes[2] < sizes[0] / 10);
    free(text);
    sio__buf_free(&out);
    sio__inflater_free(inflater);
}

/* No context takeover: nothing is left behind, each message stands alone. */
static void no_context_goes_on(void **state) {
    fixture_t *f = *state;
    char *text = pattern(3000);
    for (int i = 0; i < 3; i++) {
        sio__inflater_t *inflater = sio__inflater_new(15);
        sio__buf_t out = {0};
        peer_packs(f, 0xc1, text, 3000);
        until(f, f->last.length == 3000);
        f->last.length = 0;
        assert_non_null(f->loop->zips.inflater);
        assert_int_equal(send_text(f, text, 3000, NULL), 0);
        assert_non_null(f->loop->zips.deflater);
        assert_int_equal(peer_inflates(f, inflater, &out), 1);
        assert_memory_equal(out.data, text, 3000);
        sio__buf_free(&out);
        sio__inflater_free(inflater);
    }
    free(text);
}

/* A broadcast is compressed once for those who take no context over, by the smallest of their
 * windows. */
static void shared(void **state) {
    fixture_t *f = *state;
    static const sio__deflate_params_t kinds[] = {{15, 15, 1, 1}, {10, 15, 1, 0}, {15, 15, 0, 0}};
    sio__ws_deflate_t *all[3];
    sio__frame_t plain, frames[4];
    const sio__deflated_t *deflated = NULL;
    char *text = pattern(5000);
    for (int i = 0; i < 3; i++)
        assert_non_null(all[i] = sio__ws_deflate_new(&f->loop->zips, &kinds[i], &options));
    sio__scratch_t *scratch = f->loop->scratch;
    assert_int_equal(sio__frame_make(scratch, SIO__WS_TEXT, text, 5000, &plain), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sio__ws_deflate_compress(all[0], scratch, &plain, &deflated, &frames[i]),
                         1);
    assert_ptr_equal(frames[0].data, frames[1].data);
    assert_int_equal(sio__ws_deflate_compress(all[1], scratch, &plain, &deflated, &frames[2]), 1);
    assert_ptr_not_equal(frames[2].data, frames[1].data);
    /* The smaller window's does for the larger one. */
    assert_int_equal(sio__ws_deflate_compress(all[0], scratch, &plain, &deflated, &frames[3]), 1);
    assert_ptr_equal(frames[3].data, frames[2].data);
    assert_int_equal(sio__ws_deflate_compress(all[2], scratch, &plain, &deflated, &frames[1]), 1);
    assert_ptr_not_equal(frames[1].data, frames[2].data);

    /* What gains nothing goes plain, and is not tried again. */
    unsigned char noise[64];
    unsigned seed = 1;
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (unsigned char) ((seed = seed * 1103515245u + 12345u) >> 16);
    deflated = NULL;
    assert_int_equal(sio__frame_make(scratch, SIO__WS_BINARY, noise, sizeof(noise), &plain), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(sio__ws_deflate_compress(all[0], scratch, &plain, &deflated, &frames[i]),
                         0);
    assert_int_equal(deflated->bits, 15);
    for (int i = 0; i < 3; i++)
        sio__ws_deflate_free(all[i]);
    free(text);
}

/* --- ends ------------------------------------------------------------------------------------- */

/* Our close in the midst of a compressed message: its rest is dropped, memory goes at once. */
static void closed_amid_a_message(void **state) {
    fixture_t *f = *state;
    peer_frame(f, 0x41, "\xf2\x48", 2);
    until(f, sio__ws_deflate_active(f->ws->more->deflate));
    char half[] = "\x80\x85\0\0\0\0ab"; /* five bytes to come, two of them here */
    sio__ws_receive(f->ws, half, 8);
    assert_int_equal(sio__ws_deflate_left(f->ws->more->deflate), 3);
    sio__ws_close(f->ws, 1000, NULL, 0);
    assert_null(f->ws->more->deflate);
    peer_sends(f, "cde", 3);
    peer_frame(f, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7); /* on its way already */
    peer_frame(f, 0x88, "\x03\xe8", 2);
    until(f, log_is(f, "closed(1000,) "));
}

static void close_it(sio__ws_t *ws) {
    sio__ws_close(ws, 1001, NULL, 0);
}

static void abort_it(sio__ws_t *ws) {
    sio__ws_abort(ws);
}

static void closed_from_within(void **state) {
    fixture_t *f = *state;
    f->in_message = close_it;
    peer_packs(f, 0xc1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 28);
    peer_frame(f, 0x88, "\x03\xe9", 2);
    until(f, log_is(f, "text(aaaaaaaaaaaaaaaaaaaaaaaaaaaa) closed(1001,) "));
}

static void aborted_from_within(void **state) {
    fixture_t *f = *state;
    f->in_message = abort_it;
    peer_packs(f, 0xc1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 28);
    until(f, log_is(f, "text(aaaaaaaaaaaaaaaaaaaaaaaaaaaa) closed(1006,) "));
}

static void vanished_amid_a_message(void **state) {
    fixture_t *f = *state;
    peer_frame(f, 0x41, "\xf2\x48", 2);
    until(f, sio__ws_deflate_active(f->ws->more->deflate));
    close(f->peer);
    f->peer = -1;
    until(f, f->ws == NULL);
}

/* An idle connection that has not agreed on anything has nothing of all this. */
static void costs_nothing_unasked(void **state) {
    fixture_t *f = *state;
    assert_int_equal(sizeof(sio__ws_t), 2 * sizeof(void *) + 8);
    peer_frame(f, 0x81, "x", 1);
    until(f, log_is(f, "text(x) "));
    assert_null(f->ws->more);
    assert_null(f->loop->zips.inflater);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN(setup_deflate, examples_of_the_standard),
        IN(setup_deflate, byte_by_byte),
        IN(setup_fresh, byte_by_byte),
        IN(setup_deflate, cut_in_two),
        IN(setup_fresh, cut_in_two),
        IN(setup_deflate, rsv1_on_a_continuation),
        IN(setup_deflate, rsv1_on_a_ping),
        IN(setup_deflate, rsv2),
        IN(setup_deflate, a_message_within_a_compressed_one),
        IN(setup, rsv1_unasked),
        IN(setup_fresh, no_deflate),
        IN(setup_deflate, bad_utf8_within),
        IN(setup_fresh, cut_utf8_within),
        IN(setup_deflate, binary_need_not_be_utf8),
        IN(setup_deflate, exactly_the_limit),
        IN(setup_deflate, a_byte_more_than_the_limit),
        IN(setup_fresh, a_bomb_of_fragments),
        IN(setup_deflate, a_frame_beyond_the_limit),
        IN(setup_deflate, small_ones_go_as_they_are),
        IN(setup_deflate, the_context_goes_on),
        IN(setup_fresh, no_context_goes_on),
        IN(setup, shared),
        IN(setup_deflate, closed_amid_a_message),
        IN(setup_fresh, closed_amid_a_message),
        IN(setup_deflate, closed_from_within),
        IN(setup_fresh, aborted_from_within),
        IN(setup_fresh, vanished_amid_a_message),
        IN(setup, costs_nothing_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
