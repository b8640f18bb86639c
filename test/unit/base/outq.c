/* The queue of extents: merging, consuming, keeping, moving. */
#include "base/outq.h"
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

/* The queue's content as one text. */
static char *content(const sio__outq_t *outq) {
    static char text[4096];
    size_t at = 0;
    for (unsigned i = 0; i < outq->count; i++) {
        const sio__extent_t *extent = sio__outq_at(outq, i);
        memcpy(text + at, extent->data, extent->length);
        at += extent->length;
    }
    assert_int_equal(at, outq->bytes);
    text[at] = '\0';
    return text;
}

static void push(sio__outq_t *outq, sio__scratch_t *scratch, const char *text, int apart) {
    if (apart)
        assert_non_null(sio__scratch_alloc(scratch, 1));
    size_t length = strlen(text);
    assert_int_equal(sio__outq_scratch(outq, sio__scratch_copy(scratch, text, length), length), 0);
}

static void neighbours_merge(void **state) {
    sio__outq_t outq = {0};
    push(&outq, *state, "one ", 0);
    push(&outq, *state, "two ", 0);
    assert_int_equal(outq.count, 1);
    push(&outq, *state, "three", 1);
    assert_int_equal(outq.count, 2);
    assert_string_equal(content(&outq), "one two three");
    sio__outq_clear(&outq);
    assert_int_equal(outq.bytes, 0);
}

static void consuming_goes_through_extents(void **state) {
    sio__outq_t outq = {0};
    char expected[4096] = "";
    for (int i = 0; i < 100; i++) {
        char text[16] = {(char) ('a' + i % 26), (char) ('A' + i % 26), '-', 0};
        push(&outq, *state, text, 1);
        strcat(expected, text);
    }
    const char *rest = expected;
    while (*rest != '\0') {
        size_t step = strlen(rest) < 7 ? strlen(rest) : 7;
        sio__outq_consume(&outq, step);
        rest += step;
        assert_string_equal(content(&outq), rest);
    }
    assert_int_equal(outq.count, 0);
    assert_int_equal(outq.in_array, 0); /* no memory held */
}

static void pushing_and_consuming_alternate(void **state) {
    sio__outq_t outq = {0};
    for (int i = 0; i < 5000; i++) {
        push(&outq, *state, "abc", 1);
        push(&outq, *state, "de", 1);
        sio__outq_consume(&outq, 4);
        if (i % 3 == 0)
            sio__outq_consume(&outq, 1);
        if (outq.bytes > 4000)
            sio__outq_consume(&outq, 3900);
        content(&outq);
    }
    sio__outq_clear(&outq);
}

static void kept_extents_outlive_the_turn_and_are_shared(void **state) {
    sio__outq_t a = {0}, b = {0};
    const unsigned char *data = sio__scratch_copy(*state, "broadcast", 9);
    assert_int_equal(sio__outq_scratch(&a, data, 9), 0);
    assert_int_equal(sio__outq_scratch(&b, data, 9), 0);
    assert_int_equal(sio__outq_keep(&a, *state), 0);
    assert_int_equal(sio__outq_keep(&b, *state), 0);
    sio__scratch_reset(*state);
    memset(sio__scratch_alloc(*state, 9), '!', 9);
    assert_string_equal(content(&a), "broadcast");
    assert_ptr_equal(sio__outq_at(&a, 0)->owner, sio__outq_at(&b, 0)->owner);
    sio__outq_consume(&a, 5);
    assert_string_equal(content(&a), "cast");
    assert_string_equal(content(&b), "broadcast");
    sio__outq_clear(&a);
    sio__outq_clear(&b);
}

/* Pieces of both kinds, turn after turn, while the first ones leave. */
static void keeping_again_misses_none(void **state) {
    sio__outq_t outq = {0};
    sio__rcbuf_t *rcbuf = sio__rcbuf_new("counted", 7);
    char expected[4096] = "";
    const char *rest = expected;
    for (int turn = 0; turn < 60; turn++) {
        push(&outq, *state, "fresh", 1);
        assert_int_equal(sio__outq_rcbuf(&outq, rcbuf, rcbuf->data, 7), 0);
        push(&outq, *state, "too", 1);
        strcat(expected, "freshcountedtoo");
        if (turn % 2 == 0)
            sio__outq_consume(&outq, 11);
        rest += turn % 2 == 0 ? 11 : 0;
        assert_int_equal(sio__outq_keep(&outq, *state), 0);
        sio__scratch_reset(*state);
        memset(sio__scratch_alloc(*state, 100), '!', 100);
        assert_string_equal(content(&outq), rest);
    }
    assert_true(sio__outq_weight(&outq) > outq.bytes);
    sio__outq_clear(&outq);
    assert_int_equal(rcbuf->refs, 1);
    sio__rcbuf_unref(rcbuf);
}

static void a_kept_extent_does_not_merge_with_the_scratch(void **state) {
    sio__outq_t outq = {0};
    push(&outq, *state, "old", 0);
    assert_int_equal(sio__outq_keep(&outq, *state), 0);
    push(&outq, *state, "new", 0);
    assert_int_equal(outq.count, 2);
    assert_string_equal(content(&outq), "oldnew");
    sio__outq_clear(&outq);
}

static void counted_buffers_are_referenced(void **state) {
    (void) state;
    sio__outq_t outq = {0};
    sio__rcbuf_t *rcbuf = sio__rcbuf_new("counted", 7);
    assert_int_equal(sio__outq_rcbuf(&outq, rcbuf, rcbuf->data + 1, 3), 0);
    assert_int_equal(sio__outq_rcbuf(&outq, rcbuf, rcbuf->data, 7), 0);
    assert_int_equal(rcbuf->refs, 3);
    sio__outq_consume(&outq, 3);
    assert_int_equal(rcbuf->refs, 2);
    assert_string_equal(content(&outq), "counted");
    sio__outq_clear(&outq);
    assert_int_equal(rcbuf->refs, 1);
    sio__rcbuf_unref(rcbuf);
}

static void moving_appends_and_empties(void **state) {
    for (int into = 0; into < 3; into++) {
        for (int from = 0; from < 12; from += 3) {
            sio__outq_t a = {0}, b = {0};
            char expected[256] = "";
            for (int i = 0; i < into; i++) {
                push(&a, *state, "a", 1);
                strcat(expected, "a");
            }
            for (int i = 0; i < from; i++) {
                push(&b, *state, "b", 1);
                strcat(expected, "b");
            }
            assert_int_equal(sio__outq_move(&a, &b), 0);
            assert_string_equal(content(&a), expected);
            assert_int_equal(b.count, 0);
            sio__outq_clear(&a);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(neighbours_merge, setup, teardown),
        cmocka_unit_test_setup_teardown(consuming_goes_through_extents, setup, teardown),
        cmocka_unit_test_setup_teardown(pushing_and_consuming_alternate, setup, teardown),
        cmocka_unit_test_setup_teardown(kept_extents_outlive_the_turn_and_are_shared, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keeping_again_misses_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kept_extent_does_not_merge_with_the_scratch, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(counted_buffers_are_referenced, setup, teardown),
        cmocka_unit_test_setup_teardown(moving_appends_and_empties, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
