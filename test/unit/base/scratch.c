/* The scratch: neighbours, stable blocks, kept ranges, writers. */
#include "base/scratch.h"
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

static void consecutive_ranges_are_neighbours(void **state) {
    unsigned char *a = sio__scratch_alloc(*state, 10);
    unsigned char *b = sio__scratch_alloc(*state, 20);
    assert_ptr_equal(a + 10, b);
}

static void ranges_stay_while_the_turn_lasts(void **state) {
    unsigned char *first = sio__scratch_alloc(*state, 1000);
    memset(first, 'x', 1000);
    for (int i = 0; i < 1000; i++)
        memset(sio__scratch_alloc(*state, 5000), i, 5000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(first[i], 'x');
}

static void memory_is_aligned(void **state) {
    for (size_t i = 1; i < 3000; i++) {
        assert_non_null(sio__scratch_alloc(*state, 1));
        void *memory = sio__scratch_memory(*state, i * 24);
        assert_int_equal((uintptr_t) memory % _Alignof(max_align_t), 0);
        memset(memory, 1, i * 24);
    }
}

static void larger_than_a_block_is_fine(void **state) {
    size_t size = 3 * 1024 * 1024;
    for (int turn = 0; turn < 3; turn++) {
        unsigned char *large = sio__scratch_alloc(*state, size);
        memset(large, 'L', size);
        memset(sio__scratch_alloc(*state, 100), 's', 100);
        assert_int_equal(large[size - 1], 'L');
        sio__scratch_reset(*state);
    }
}

static void the_same_range_is_kept_once(void **state) {
    const unsigned char *data = sio__scratch_copy(*state, "hello world", 11);
    sio__rcbuf_t *a = sio__scratch_keep(*state, data, 11);
    sio__rcbuf_t *b = sio__scratch_keep(*state, data, 11);
    sio__rcbuf_t *part = sio__scratch_keep(*state, data, 5);
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, part);
    sio__scratch_reset(*state);
    assert_int_equal(a->refs, 2);
    assert_int_equal(part->refs, 1);
    assert_memory_equal(a->data, "hello world", 11);
    sio__rcbuf_unref(a);
    sio__rcbuf_unref(b);
    sio__rcbuf_unref(part);
}

static void a_kept_range_is_of_its_turn(void **state) {
    const unsigned char *data = sio__scratch_copy(*state, "one", 3);
    sio__rcbuf_t *one = sio__scratch_keep(*state, data, 3);
    sio__scratch_reset(*state);
    const unsigned char *again = sio__scratch_copy(*state, "two", 3);
    assert_ptr_equal(data, again); /* the same place, other bytes */
    sio__rcbuf_t *two = sio__scratch_keep(*state, again, 3);
    assert_memory_equal(one->data, "one", 3);
    assert_memory_equal(two->data, "two", 3);
    sio__rcbuf_unref(one);
    sio__rcbuf_unref(two);
}

static void what_is_rewound_is_free_again(void **state) {
    unsigned char *before = sio__scratch_alloc(*state, 8);
    const unsigned char *mark = sio__scratch_mark(*state);
    assert_non_null(sio__scratch_alloc(*state, 1000));
    sio__scratch_rewind(*state, mark);
    assert_ptr_equal(sio__scratch_alloc(*state, 1), before + 8);
    mark = sio__scratch_mark(*state);
    sio__scratch_rewind(*state, mark); /* nothing */
    assert_ptr_equal(sio__scratch_alloc(*state, 1), before + 9);
}

/* What was in the block before stays taken until the end of the turn. */
static void rewinding_ends_at_the_start_of_the_block(void **state) {
    unsigned char *before = sio__scratch_alloc(*state, 40 * 1024);
    before[0] = 'x';
    const unsigned char *mark = sio__scratch_mark(*state);
    unsigned char *first = sio__scratch_alloc(*state, 40 * 1024);
    for (int i = 0; i < 10; i++) {
        sio__scratch_rewind(*state, mark);
        assert_ptr_equal(sio__scratch_alloc(*state, 50 * 1024), first);
    }
    assert_int_equal(before[0], 'x');
}

static void a_writer_grows_over_blocks(void **state) {
    sio__writer_t writer;
    assert_non_null(sio__scratch_alloc(*state, 60 * 1024));
    sio__writer_begin(&writer, *state, 4);
    for (uint64_t i = 0; i < 100000; i++)
        sio__writer_u64(&writer, i % 10);
    sio__writer_put(&writer, "end", 3);
    size_t length;
    unsigned char *range = sio__writer_end(&writer, &length);
    assert_non_null(range);
    assert_int_equal(length, 4 + 100000 + 3);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(range[4 + i], '0' + i % 10);
    assert_memory_equal(range + 4 + 100000, "end", 3);
    assert_ptr_equal(sio__scratch_alloc(*state, 1), range + 4 + 100000 + 3);
}

static void a_writer_that_cannot_grow_fails_once_and_for_all(void **state) {
    sio__writer_t writer;
    size_t length = 77;
    sio__writer_begin(&writer, *state, 0);
    assert_false(sio__writer_need(&writer, SIZE_MAX / 2));
    sio__writer_byte(&writer, 'x');
    sio__writer_put(&writer, "more", 4);
    assert_null(sio__writer_end(&writer, &length));
    assert_int_equal(length, 77);
}

static void numbers_are_decimal(void **state) {
    sio__writer_t writer;
    size_t length;
    sio__writer_begin(&writer, *state, 0);
    sio__writer_u64(&writer, 0);
    sio__writer_byte(&writer, ' ');
    sio__writer_u64(&writer, UINT64_MAX);
    unsigned char *range = sio__writer_end(&writer, &length);
    assert_int_equal(length, 22);
    assert_memory_equal(range, "0 18446744073709551615", 22);
}

static void a_cancelled_writer_leaves_nothing(void **state) {
    sio__writer_t writer;
    unsigned char *before = sio__scratch_alloc(*state, 8);
    sio__writer_begin(&writer, *state, 4);
    sio__writer_put(&writer, "abandoned", 9);
    sio__writer_cancel(&writer);
    assert_ptr_equal(sio__scratch_alloc(*state, 1), before + 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(consecutive_ranges_are_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(ranges_stay_while_the_turn_lasts, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_is_aligned, setup, teardown),
        cmocka_unit_test_setup_teardown(larger_than_a_block_is_fine, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_range_is_kept_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kept_range_is_of_its_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_rewound_is_free_again, setup, teardown),
        cmocka_unit_test_setup_teardown(rewinding_ends_at_the_start_of_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_grows_over_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_that_cannot_grow_fails_once_and_for_all, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(numbers_are_decimal, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_writer_leaves_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
