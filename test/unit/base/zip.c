/* Raw DEFLATE: what goes in comes out, in pieces, by every window; what is wrong, and what is too
 * much. */
#include "base/zip.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char tail[] = {0x00, 0x00, 0xff, 0xff};
static const sio__zip_form_t usual = {15, -1, 8};

/* Text with repetitions, near and far. */
static char *prose(size_t length) {
    char *text = malloc(length + 1);
    unsigned seed = 12345;
    assert_non_null(text);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1103515245u + 12345u;
        size_t back = 1 + (seed >> 8) % 40000;
        text[i] = (seed >> 28) > 2 && i >= back ? text[i - back] : (char) ('a' + (seed >> 16) % 26);
    }
    text[length] = '\0';
    return text;
}

static const unsigned char *deflated(sio__deflater_t *deflater, sio__scratch_t *scratch,
                                     const char *text, size_t length, size_t *size) {
    sio__writer_t writer;
    sio__writer_begin(&writer, scratch, 0);
    assert_int_equal(sio__deflater_put(deflater, &writer, text, length, SIO__ZIP_FLUSH), 0);
    const unsigned char *data = sio__writer_end(&writer, size);
    assert_non_null(data);
    assert_memory_equal(data + *size - 4, tail, 4);
    return data;
}

static int setup(void **state) {
    *state = sio__scratch_new();
    return *state == NULL;
}

static int teardown(void **state) {
    sio__scratch_free(*state);
    return 0;
}

/* With each window, into an inflater of no larger one: 8 is honest too. */
static void every_window(void **state) {
    enum { LENGTH = 300000 };
    char *text = prose(LENGTH);
    for (int bits = SIO__ZIP_MIN_BITS; bits <= SIO__ZIP_MAX_BITS; bits++) {
        for (int level = -1; level <= 9; level++) {
            const sio__zip_form_t form = {bits, level, 8};
            sio__deflater_t *deflater = sio__deflater_new(&form);
            sio__inflater_t *inflater = sio__inflater_new(bits);
            sio__buf_t out = {0};
            size_t size = 0;
            assert_non_null(deflater);
            assert_non_null(inflater);
            const unsigned char *data = deflated(deflater, *state, text, LENGTH, &size);
            assert_int_equal(sio__inflater_put(inflater, &out, LENGTH, data, size), 0);
            assert_int_equal(out.length, LENGTH);
            assert_memory_equal(out.data, text, LENGTH);
            sio__buf_free(&out);
            sio__inflater_free(inflater);
            sio__deflater_free(deflater);
            sio__scratch_reset(*state);
        }
    }
    free(text);
}

static void byte_by_byte_and_on_and_on(void **state) {
    char *text = prose(5000);
    sio__deflater_t *deflater = sio__deflater_new(&usual);
    sio__inflater_t *inflater = sio__inflater_new(15);
    sio__buf_t out = {0};
    size_t first = 0;
    for (int round = 0; round < 5; round++) {
        size_t size = 0;
        const unsigned char *data = deflated(deflater, *state, text, 5000, &size);
        if (round == 0)
            first = size;
        else
            assert_true(size < first / 10); /* it remembers */
        out.length = 0;
        for (size_t i = 0; i < size; i++) {
            unsigned char *byte = malloc(1);
            *byte = data[i];
            assert_int_equal(sio__inflater_put(inflater, &out, 5000, byte, 1), 0);
            free(byte);
        }
        assert_int_equal(out.length, 5000);
        assert_memory_equal(out.data, text, 5000);
    }
    sio__buf_free(&out);
    sio__inflater_free(inflater);
    sio__deflater_free(deflater);
    free(text);
}

/* A hundred megabytes in a hundred kilobytes: stopped at the limit, not one byte later. */
static void a_bomb_stops_at_the_limit(void **state) {
    enum { SIZE = 100 * 1000 * 1000, LIMIT = 1000 };
    char *zeros = calloc(1, SIZE);
    size_t size = 0;
    sio__deflater_t *deflater = sio__deflater_new(&usual);
    const unsigned char *data = deflated(deflater, *state, zeros, SIZE, &size);
    assert_true(size < SIZE / 900);
    sio__inflater_t *inflater = sio__inflater_new(15);
    sio__buf_t out = {0};
    assert_int_equal(sio__inflater_put(inflater, &out, LIMIT, data, size), SIO_ETOOBIG);
    assert_int_equal(out.length, LIMIT);
    assert_true(out.capacity < 4 * LIMIT);
    sio__buf_free(&out);
    sio__inflater_free(inflater);

    /* Exactly the limit is no bomb, nor is an empty block behind it. */
    data = deflated(deflater, *state, zeros, LIMIT, &size);
    sio__deflater_free(deflater);
    deflater = sio__deflater_new(&usual);
    data = deflated(deflater, *state, zeros, LIMIT, &size);
    inflater = sio__inflater_new(15);
    assert_int_equal(sio__inflater_put(inflater, &out, LIMIT, data, size), 0);
    assert_int_equal(sio__inflater_put(inflater, &out, LIMIT, "\0\0\0\xff\xff", 5), 0);
    assert_int_equal(out.length, LIMIT);
    sio__buf_free(&out);
    sio__inflater_free(inflater);
    sio__deflater_free(deflater);
    free(zeros);
}

static void nonsense_is_refused(void **state) {
    (void) state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"\xff\xff\xff", 3},             /* a block type that is none */
        {"\x00\x01\x00\x00\x00", 5},     /* a length without its complement */
        {"\xf2\x48\xcd\x01\x00\x03", 6}, /* a distance beyond the beginning */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sio__inflater_t *inflater = sio__inflater_new(15);
        sio__buf_t out = {0};
        int rc = sio__inflater_put(inflater, &out, 1000, cases[i].bytes, cases[i].length);
        if (rc == 0)
            rc = sio__inflater_put(inflater, &out, 1000, tail, sizeof(tail));
        assert_int_equal(rc, SIO_EPROTO);
        sio__buf_free(&out);
        sio__inflater_free(inflater);
    }
}

/* RFC 7692 7.2.3.4: after a final block another one follows, and may look back over it. */
static void goes_on_behind_a_final_block(void **state) {
    (void) state;
    static const unsigned char final[] = {0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00};
    static const unsigned char back[] = {0xf2, 0x00, 0x11, 0x00, 0x00}; /* RFC 7692 7.2.3.2 */
    sio__inflater_t *inflater = sio__inflater_new(15);
    sio__buf_t out = {0};
    assert_int_equal(sio__inflater_put(inflater, &out, 10, final, sizeof(final)), 0);
    assert_int_equal(sio__inflater_put(inflater, &out, 10, tail, sizeof(tail)), 0);
    assert_int_equal(out.length, 5);
    assert_int_equal(sio__inflater_put(inflater, &out, 10, back, sizeof(back)), 0);
    assert_int_equal(sio__inflater_put(inflater, &out, 10, tail, sizeof(tail)), 0);
    assert_int_equal(out.length, 10);
    assert_memory_equal(out.data, "HelloHello", 10);
    sio__buf_free(&out);
    sio__inflater_free(inflater);
}

static void the_pool_keeps_one_that_has_forgotten(void **state) {
    sio__zips_t zips = {0};
    char *text = prose(3000);
    size_t size, again;
    sio__deflater_t *deflater = sio__zips_deflater(&zips, &usual);
    deflated(deflater, *state, text, 3000, &size);
    sio__zips_return_deflater(&zips, deflater);
    assert_ptr_equal(sio__zips_deflater(&zips, &usual), deflater);
    assert_null(zips.deflater);
    deflated(deflater, *state, text, 3000, &again);
    assert_int_equal(again, size);
    sio__zips_return_deflater(&zips, deflater);
    /* One of another form is another one. */
    const sio__zip_form_t small = {9, 1, 1};
    sio__deflater_t *other = sio__zips_deflater(&zips, &small);
    assert_ptr_not_equal(other, deflater);
    sio__zips_return_deflater(&zips, other);
    sio__zips_return_deflater(&zips, NULL);

    sio__inflater_t *inflater = sio__zips_inflater(&zips);
    sio__buf_t buf = sio__zips_buf(&zips);
    assert_int_equal(sio__inflater_put(inflater, &buf, 100, "\xff\xff", 2), SIO_EPROTO);
    sio__zips_return_inflater(&zips, inflater);
    assert_ptr_equal(sio__zips_inflater(&zips), inflater);
    assert_int_equal(sio__inflater_put(inflater, &buf, 100, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7), 0);
    assert_int_equal(sio__inflater_put(inflater, &buf, 100, tail, 4), 0);
    assert_int_equal(buf.length, 5);
    sio__zips_return_inflater(&zips, inflater);
    char *room = buf.data;
    sio__zips_return_buf(&zips, &buf);
    buf = sio__zips_buf(&zips);
    assert_ptr_equal(buf.data, room);
    assert_int_equal(buf.length, 0);
    assert_int_equal(sio__buf_reserve(&buf, 1000000), 0);
    sio__zips_return_buf(&zips, &buf); /* too large to be kept */
    assert_null(zips.buf.data);
    sio__zips_clear(&zips);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_window, setup, teardown),
        cmocka_unit_test_setup_teardown(byte_by_byte_and_on_and_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bomb_stops_at_the_limit, setup, teardown),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(goes_on_behind_a_final_block),
        cmocka_unit_test_setup_teardown(the_pool_keeps_one_that_has_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
