/* UTF-8: checking and mending. */
#include "base/utf8.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t encode(unsigned char *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (unsigned char) c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (unsigned char) (0xc0 | c >> 6);
        out[1] = (unsigned char) (0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (unsigned char) (0xe0 | c >> 12);
        out[1] = (unsigned char) (0x80 | (c >> 6 & 63));
        out[2] = (unsigned char) (0x80 | (c & 63));
        return 3;
    }
    out[0] = (unsigned char) (0xf0 | c >> 18);
    out[1] = (unsigned char) (0x80 | (c >> 12 & 63));
    out[2] = (unsigned char) (0x80 | (c >> 6 & 63));
    out[3] = (unsigned char) (0x80 | (c & 63));
    return 4;
}

static void every_code_point(void **state) {
    (void) state;
    for (uint32_t c = 0; c < 0x110800; c++) {
        unsigned char bytes[4];
        size_t length = encode(bytes, c);
        int scalar = c < 0x110000 && (c < 0xd800 || c > 0xdfff);
        if (sio__utf8_valid(bytes, length) != scalar)
            fail_msg("U+%04X", (unsigned) c);
        /* cut short it is not valid */
        for (size_t cut = 1; cut < length; cut++) {
            assert_false(sio__utf8_valid(bytes, cut));
            if (scalar)
                assert_true(sio__utf8_incomplete(bytes, cut));
        }
        assert_false(sio__utf8_incomplete(bytes, length));
    }
}

/* All sequences of two bytes, and of three with an interesting first one, against a plain
 * decoder. */
static int plain_valid(const unsigned char *p, size_t length) {
    while (length > 0) {
        static const size_t needs[16] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4};
        size_t need = p[0] < 0xf8 ? needs[p[0] >> 4] : 0;
        uint32_t c;
        unsigned char again[4];
        if (need == 0 || need > length)
            return 0;
        c = need == 1 ? p[0] : (uint32_t) (p[0] & (0x7f >> need));
        for (size_t i = 1; i < need; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (p[i] & 63);
        }
        if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || encode(again, c) != need)
            return 0;
        p += need;
        length -= need;
    }
    return 1;
}

static void short_sequences(void **state) {
    unsigned char p[4];

    (void) state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            p[0] = (unsigned char) a;
            p[1] = (unsigned char) b;
            assert_int_equal(sio__utf8_valid(p, 2), plain_valid(p, 2));
            for (unsigned c = 0x70; c < 0xd0; c++) {
                p[2] = (unsigned char) c;
                assert_int_equal(sio__utf8_valid(p, 3), plain_valid(p, 3));
                p[3] = (unsigned char) (c ^ 0x21);
                assert_int_equal(sio__utf8_valid(p, 4), plain_valid(p, 4));
            }
        }
}

/* A bad byte is found wherever it is, whatever the alignment. */
static void every_position(void **state) {
    (void) state;
    for (size_t length = 1; length < 100; length++)
        for (size_t at = 0; at < length; at++) {
            /* exact size, so that a sanitizer sees any read past the end */
            unsigned char *text = malloc(length);
            assert_non_null(text);
            memset(text, 'a', length);
            assert_true(sio__utf8_valid(text, length));
            text[at] = 0xff;
            assert_false(sio__utf8_valid(text, length));
            assert_int_equal(sio__utf8_valid_prefix(text, length), at);
            text[at] = 0xc3;
            assert_int_equal(sio__utf8_valid_prefix(text, length), at);
            if (at + 1 < length) {
                text[at + 1] = 0xa9;
                assert_true(sio__utf8_valid(text, length));
            }
            free(text);
        }
    assert_true(sio__utf8_valid("", 0));
}

static void incomplete(void **state) {
    (void) state;
    assert_false(sio__utf8_incomplete("", 0));
    assert_false(sio__utf8_incomplete("a", 1));
    assert_false(sio__utf8_incomplete("\xff", 1));
    assert_false(sio__utf8_incomplete("\x80", 1));
    assert_false(sio__utf8_incomplete("\xc0", 1));
    assert_false(sio__utf8_incomplete("\xe0\x80", 2));
    assert_false(sio__utf8_incomplete("\xed\xa0", 2));
    assert_false(sio__utf8_incomplete("\xe2\x41", 2));
    assert_false(sio__utf8_incomplete("\xf4\x90", 2));
    assert_false(sio__utf8_incomplete("\xf0\x9f\x41", 3));
    assert_true(sio__utf8_incomplete("\xf0\x9f\x98", 3));
}

static void mends(const char *in, const char *expected) {
    sio__buf_t out = {0};

    assert_int_equal(sio__utf8_mend(&out, in, strlen(in)), 0);
    assert_int_equal(out.length, strlen(expected));
    if (out.length > 0)
        assert_memory_equal(out.data, expected, out.length);
    sio__buf_free(&out);
}

#define FFFD "\xef\xbf\xbd"

/* The results are those of Node's TextDecoder. */
static void mending(void **state) {
    (void) state;
    mends("", "");
    mends("plain", "plain");
    mends("caf\xc3\xa9", "caf\xc3\xa9");
    mends("a\xff" "b", "a" FFFD "b");
    mends("\x80\x81", FFFD FFFD);
    mends("\xc0\xaf", FFFD FFFD);
    mends("\xe0\x80\xaf", FFFD FFFD FFFD);
    mends("\xed\xa0\x80", FFFD FFFD FFFD);
    mends("\xe2\x82", FFFD);
    mends("\xe2\x82" "A", FFFD "A");
    mends("\xf0\x9f\x98", FFFD);
    mends("\xf0\x9f\x98\xf0\x9f\x98\x80", FFFD "\xf0\x9f\x98\x80");
    mends("\xf0\x80\x80\x41", FFFD FFFD FFFD "A");
    mends("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD);
    /* the example of the Unicode standard, table 3-11 */
    mends("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42",
          FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B");
    /* table 3-10 */
    mends("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", FFFD FFFD FFFD FFFD "A");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(short_sequences),
        cmocka_unit_test(every_position),
        cmocka_unit_test(incomplete),
        cmocka_unit_test(mending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
