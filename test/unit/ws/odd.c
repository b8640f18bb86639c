/* Fragmented messages through lent wslay contexts. */
#include "ws/odd.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A small frame masked with zeros; `step` bytes at a time. */
static int feed(sio__odd_t *odd, int first, const char *payload, size_t length, size_t step) {
    unsigned char head[6] = {(unsigned char) first, (unsigned char) (0x80 | length), 0, 0, 0, 0};
    int rc = sio__odd_frame(odd, head, sizeof(head), length);
    while (rc == 0 && sio__odd_left(odd) > 0) {
        size_t part = sio__odd_left(odd) < step ? (size_t) sio__odd_left(odd) : step;
        rc = sio__odd_feed(odd, payload, part);
        payload += part;
    }
    return rc;
}

static void assembles(void **state) {
    (void) state;
    for (size_t step = 1; step < 7; step++) {
        sio__odd_pool_t pool = {0};
        int binary = -1;
        sio__odd_t *odd = sio__odd_lend(&pool);
        assert_non_null(odd);
        assert_int_equal(feed(odd, 0x01, "caf\xc3", 4, step), 0); /* cut in the midst of a letter */
        assert_null(sio__odd_message(odd, &binary));
        assert_int_equal(feed(odd, 0x00, "", 0, step), 0);
        assert_int_equal(feed(odd, 0x00, "\xa9 bar", 5, step), 0);
        assert_int_equal(sio__odd_length(odd), 9);
        assert_null(sio__odd_message(odd, &binary));
        assert_int_equal(feed(odd, 0x80, "", 0, step), 0);
        assert_non_null(sio__odd_message(odd, &binary));
        assert_int_equal(binary, 0);
        assert_int_equal(sio__odd_message(odd, &binary)->length, 9);
        assert_memory_equal(sio__odd_message(odd, &binary)->data, "caf\xc3\xa9 bar", 9);
        sio__odd_return(&pool, odd);
        assert_int_equal(pool.count, 1);

        /* the same context again */
        assert_ptr_equal(sio__odd_lend(&pool), odd);
        assert_int_equal(sio__odd_length(odd), 0);
        assert_null(sio__odd_message(odd, &binary));
        assert_int_equal(feed(odd, 0x02, "\xff\xfe", 2, step), 0);
        assert_int_equal(feed(odd, 0x80, "\xfd", 1, step), 0);
        assert_memory_equal(sio__odd_message(odd, &binary)->data, "\xff\xfe\xfd", 3);
        assert_int_equal(binary, 1);
        sio__odd_return(&pool, odd);
        sio__odd_pool_clear(&pool);
    }
}

static void bad_text_is_noticed_at_once(void **state) {
    sio__odd_pool_t pool = {0};
    sio__odd_t *odd = sio__odd_lend(&pool);
    (void) state;
    assert_non_null(odd);
    assert_int_equal(feed(odd, 0x01, "good \xed", 6, 100), 0);
    assert_int_equal(feed(odd, 0x00, "\xa0 bad", 5, 1), SIO_EUTF8); /* a surrogate */
    sio__odd_return(&pool, odd);
    assert_int_equal(pool.count, 0); /* not used again */

    odd = sio__odd_lend(&pool);
    assert_int_equal(feed(odd, 0x01, "cut \xc3", 5, 100), 0);
    assert_int_equal(feed(odd, 0x80, "", 0, 100), SIO_EUTF8);
    sio__odd_return(&pool, odd);
    sio__odd_pool_clear(&pool);
}

static void unfinished_ones_are_not_pooled(void **state) {
    sio__odd_pool_t pool = {0};
    sio__odd_t *odd = sio__odd_lend(&pool);
    (void) state;
    assert_int_equal(feed(odd, 0x01, "abc", 3, 100), 0);
    sio__odd_return(&pool, odd);
    assert_int_equal(pool.count, 0);
    sio__odd_return(&pool, NULL);
}

static void pool_is_bounded(void **state) {
    sio__odd_pool_t pool = {0};
    sio__odd_t *many[20];
    (void) state;
    for (size_t i = 0; i < 20; i++) {
        many[i] = sio__odd_lend(&pool);
        assert_non_null(many[i]);
        assert_int_equal(feed(many[i], 0x02, "abc", 3, 100), 0);
        assert_int_equal(feed(many[i], 0x80, "def", 3, 100), 0);
    }
    for (size_t i = 0; i < 20; i++)
        sio__odd_return(&pool, many[i]);
    assert_int_equal(pool.count, 8);
    sio__odd_pool_clear(&pool);
    assert_int_equal(pool.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembles),
        cmocka_unit_test(bad_text_is_noticed_at_once),
        cmocka_unit_test(unfinished_ones_are_not_pooled),
        cmocka_unit_test(pool_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
