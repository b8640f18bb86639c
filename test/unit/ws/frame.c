/* Frames: layout of outgoing ones, headers of incoming ones, unmasking. */
#include "ws/frame.h"
#include "ws/header.h"
#include "ws/mask.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state) {
    *state = sio__scratch_new();
    return *state == NULL;
}

static int teardown(void **state) {
    sio__scratch_free(*state);
    return 0;
}

static char *pattern(size_t length) {
    char *text = malloc(length + 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char) ('a' + i % 23);
    text[length] = '\0';
    return text;
}

/* Reads a frame back. */
static void check_frame(const sio__frame_t *frame, int opcode, const char *payload, size_t length) {
    const unsigned char *at = frame->data;
    size_t announced = at[1], size = 2;
    assert_int_equal(at[0], 0x80 | opcode);
    if (announced == 126) {
        announced = (size_t) at[2] << 8 | at[3];
        size = 4;
        assert_true(announced > 125);
    } else if (announced == 127) {
        announced = 0;
        for (size_t i = 2; i < 10; i++)
            announced = announced << 8 | at[i];
        size = 10;
        assert_true(announced > 65535);
    }
    assert_int_equal(announced, length);
    assert_int_equal(frame->length, size + length);
    assert_int_equal(frame->payload_length, length);
    assert_ptr_equal(frame->payload, at + size);
    assert_memory_equal(frame->payload, payload, length);
}

static const size_t lengths[] = {0,   1,    2,     3,     124,   125,    126,    127,
                                 255, 1000, 65534, 65535, 65536, 100000, 1 << 20};

static void layout(void **state) {
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *text = pattern(lengths[i]);
        sio__writer_t writer;
        sio__frame_t written, made;
        sio__frame_begin(&writer, *state, 0);
        for (size_t at = 0; at < lengths[i]; at += 1000) /* in pieces, as an encoder writes */
            sio__writer_put(&writer, text + at, lengths[i] - at < 1000 ? lengths[i] - at : 1000);
        assert_int_equal(sio__frame_end(&writer, SIO__WS_TEXT, &written), 0);
        assert_int_equal(sio__frame_make(*state, SIO__WS_BINARY, text, lengths[i], &made), 0);
        check_frame(&written, SIO__WS_TEXT, text, lengths[i]);
        check_frame(&made, SIO__WS_BINARY, text, lengths[i]);
        sio__scratch_reset(*state);
        free(text);
    }
}

static void small_frames_are_neighbours(void **state) {
    const unsigned char *end = NULL;
    for (int i = 0; i < 20; i++) {
        sio__writer_t writer;
        sio__frame_t frame;
        size_t length = (size_t) i * 11;
        char *text = pattern(length);
        sio__frame_begin(&writer, *state, 0);
        sio__writer_put(&writer, text, length);
        assert_int_equal(sio__frame_end(&writer, SIO__WS_TEXT, &frame), 0);
        if (end != NULL)
            assert_ptr_equal(frame.data, end);
        check_frame(&frame, SIO__WS_TEXT, text, length);
        end = frame.data + frame.length;
        free(text);
    }
}

/* A header that does not fit behind the payload in the block any more. */
static void large_at_the_end_of_a_block(void **state) {
    char *text = pattern(70000);
    for (size_t length = 65534 - 20; length < 65536 + 20; length++) {
        sio__writer_t writer;
        sio__frame_t frame;
        sio__frame_begin(&writer, *state, 0);
        sio__writer_put(&writer, text, length);
        assert_int_equal(sio__frame_end(&writer, SIO__WS_BINARY, &frame), 0);
        check_frame(&frame, SIO__WS_BINARY, text, length);
        sio__scratch_reset(*state);
    }
    free(text);
}

static void failed_writer(void **state) {
    sio__writer_t writer;
    sio__frame_t frame = {0};
    sio__frame_begin(&writer, *state, 0);
    sio__writer_put(&writer, "abc", 3);
    assert_false(sio__writer_grow(&writer, SIZE_MAX / 2));
    assert_true(sio__frame_end(&writer, SIO__WS_TEXT, &frame) < 0);
    assert_null(frame.data);
    assert_true(sio__frame_make(*state, SIO__WS_TEXT, NULL, SIZE_MAX - 5, &frame) < 0);
    assert_null(frame.data);
}

static void unmasks_everywhere(void **state) {
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    unsigned char from[200], to[200];
    (void) state;
    for (size_t align = 0; align < 17; align++)
        for (size_t length = 0; length < 150; length++)
            for (size_t offset = 0; offset < 5; offset++) {
                for (size_t i = 0; i < sizeof(from); i++)
                    from[i] = (unsigned char) (i * 7 + length);
                memset(to, 0xee, sizeof(to));
                sio__ws_unmask(to + align, from + 16 - align % 16, length, mask, offset);
                for (size_t i = 0; i < sizeof(to); i++) {
                    int in = i >= align && i < align + length;
                    unsigned char expected = 0xee;
                    if (in)
                        expected = from[16 - align % 16 + i - align] ^
                                   mask[(offset + i - align) & 3];
                    if (to[i] != expected)
                        fail_msg("align %zu length %zu offset %zu at %zu", align, length, offset,
                                 i);
                }
                /* in place */
                memcpy(to, from, sizeof(to));
                sio__ws_unmask(to + align, to + align, length, mask, offset);
                for (size_t i = 0; i < length; i++)
                    assert_int_equal(to[align + i], from[align + i] ^ mask[(offset + i) & 3]);
                assert_int_equal(to[align + length], from[align + length]);
            }
}

/* --- incoming headers ------------------------------------------------------------------------- */

typedef struct {
    unsigned char bytes[14];
    size_t size;
    int opcode;
    uint64_t length;
} good_t;

static void good_headers(void **state) {
    static const good_t goods[] = {
        {{0x81, 0x85, 1, 2, 3, 4}, 6, SIO__WS_TEXT, 5},
        {{0x82, 0x80, 1, 2, 3, 4}, 6, SIO__WS_BINARY, 0},
        {{0x82, 0xfd, 1, 2, 3, 4}, 6, SIO__WS_BINARY, 125},
        {{0x82, 0xfe, 0, 126, 1, 2, 3, 4}, 8, SIO__WS_BINARY, 126},
        {{0x82, 0xfe, 0xff, 0xff, 1, 2, 3, 4}, 8, SIO__WS_BINARY, 65535},
        {{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4}, 14, SIO__WS_BINARY, 65536},
        {{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}, 14,
         SIO__WS_BINARY, UINT64_MAX / 2},
        {{0x88, 0x80, 1, 2, 3, 4}, 6, SIO__WS_CLOSE, 0},
        {{0x89, 0xfd, 1, 2, 3, 4}, 6, SIO__WS_PING, 125},
        {{0x8a, 0x80, 1, 2, 3, 4}, 6, SIO__WS_PONG, 0},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
        const good_t *good = &goods[i];
        sio__ws_header_t header = {0};
        for (size_t cut = 0; cut < good->size; cut++) {
            assert_int_equal(sio__ws_header_read(&header, good->bytes, cut, UINT64_MAX, 0), 0);
            assert_int_equal(header.refused, 0);
        }
        assert_int_equal(sio__ws_header_read(&header, good->bytes, good->size, UINT64_MAX, 0),
                         good->size);
        assert_int_equal(header.refused, 0);
        assert_int_equal(header.opcode, good->opcode);
        assert_true(header.length == good->length);
        assert_memory_equal(header.mask, "\1\2\3\4", 4);
        assert_true(header.fin);
    }
}

typedef struct {
    unsigned char bytes[14];
    size_t needed; /* bytes after which it is known to be bad */
    int fragmented;
    int code;
} bad_t;

static void bad_headers(void **state) {
    static const bad_t bads[] = {
        {{0x81, 0x05}, 2, 0, 1002},                              /* unmasked */
        {{0xc1, 0x85}, 2, 0, 1002}, {{0xa1, 0x85}, 2, 0, 1002},  /* RSV */
        {{0x91, 0x85}, 2, 0, 1002},
        {{0x83, 0x80}, 2, 0, 1002}, {{0x87, 0x80}, 2, 0, 1002},  /* reserved opcodes */
        {{0x8b, 0x80}, 2, 0, 1002}, {{0x8f, 0x80}, 2, 0, 1002},
        {{0x09, 0x80}, 2, 0, 1002}, {{0x08, 0x80}, 2, 0, 1002},  /* fragmented control frames */
        {{0x89, 0xfe}, 2, 0, 1002}, {{0x88, 0xff}, 2, 0, 1002},  /* long ones */
        {{0x80, 0x80}, 2, 0, 1002}, {{0x00, 0x80}, 2, 0, 1002},  /* nothing to continue */
        {{0x81, 0x80}, 2, 1, 1002}, {{0x02, 0x80}, 2, 1, 1002},  /* something to continue */
        {{0x82, 0xfe, 0, 125}, 4, 0, 1002},                      /* not the shortest form */
        {{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 10, 0, 1002},
        {{0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0}, 10, 0, 1002},  /* the top bit */
        {{0x82, 0xfe, 0x03, 0xe9}, 4, 0, 1009},                  /* 1001 bytes, 1000 allowed */
        {{0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0}, 10, 0, 1009},
    };
    (void) state;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        const bad_t *bad = &bads[i];
        sio__ws_header_t header = {0};
        for (size_t cut = 0; cut < bad->needed; cut++) {
            assert_int_equal(
                sio__ws_header_read(&header, bad->bytes, cut, 1000, bad->fragmented), 0);
            assert_int_equal(header.refused, 0);
        }
        assert_int_equal(
            sio__ws_header_read(&header, bad->bytes, bad->needed, 1000, bad->fragmented), 0);
        assert_int_equal(header.refused, bad->code);
    }
}

static void limit_is_exact(void **state) {
    static const unsigned char exact[] = {0x82, 0xfe, 0x03, 0xe8, 1, 2, 3, 4};
    static const unsigned char ping[] = {0x89, 0xfd, 1, 2, 3, 4};
    sio__ws_header_t header = {0};
    (void) state;
    assert_int_equal(sio__ws_header_read(&header, exact, sizeof(exact), 1000, 0), 8);
    assert_int_equal(sio__ws_header_read(&header, exact, sizeof(exact), 999, 0), 0);
    assert_int_equal(header.refused, 1009);
    /* control frames have their own */
    assert_int_equal(sio__ws_header_read(&header, ping, sizeof(ping), 0, 1), 6);
}

static void close_codes(void **state) {
    (void) state;
    for (int code = 0; code < 65536; code++) {
        int good = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                   (code >= 3000 && code <= 4999);
        assert_int_equal(sio__ws_is_close_code(code) != 0, good);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layout, setup, teardown),
        cmocka_unit_test_setup_teardown(small_frames_are_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(large_at_the_end_of_a_block, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_writer, setup, teardown),
        cmocka_unit_test(unmasks_everywhere),
        cmocka_unit_test(good_headers),
        cmocka_unit_test(bad_headers),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(close_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
