/* Time-outs in FIFO lists: order, exactness, changes from inside callbacks. */
#include "net/timeouts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    sio__timeout_t timeout;
    uint64_t fired; /* at this loop time */
    int times;
} item_t;

typedef struct {
    uv_loop_t loop;
    sio__clock_t clock;
    sio__timeouts_t fast, slow;
    uv_timer_t keeper; /* keeps the loop alive: time-outs do not */
    item_t items[8];
    int fired;
    int again; /* how often item 0 arms itself */
    item_t *victim;
} fixture_t;

static void on_fast(sio__timeout_t *timeout, void *data) {
    fixture_t *f = data;
    item_t *item = (item_t *) timeout;
    item->fired = uv_now(&f->loop);
    item->times++;
    f->fired++;
    assert_int_equal(timeout->due, 0);
    if (item == &f->items[0] && f->again-- > 0)
        sio__timeout_arm(&f->fast, timeout);
    if (f->victim != NULL)
        sio__timeout_disarm(&f->fast, &f->victim->timeout);
}

static void on_keeper(uv_timer_t *timer) {
    (void) timer;
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    uv_loop_init(&f->loop);
    sio__clock_init(&f->clock, &f->loop);
    sio__timeouts_init(&f->fast, &f->clock, 20, on_fast, f);
    sio__timeouts_init(&f->slow, &f->clock, 50, on_fast, f);
    uv_timer_init(&f->loop, &f->keeper);
    uv_timer_start(&f->keeper, on_keeper, 5000, 5000);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    uv_close((uv_handle_t *) &f->clock.timer, NULL);
    uv_close((uv_handle_t *) &f->keeper, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static void run_until_fired(fixture_t *f, int count) {
    while (f->fired < count)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void each_list_fires_after_its_length(void **state) {
    fixture_t *f = *state;
    uint64_t start = uv_now(&f->loop);
    sio__timeout_arm(&f->slow, &f->items[1].timeout);
    sio__timeout_arm(&f->fast, &f->items[0].timeout);
    run_until_fired(f, 2);
    assert_in_range(f->items[0].fired - start, 20, 45);
    assert_in_range(f->items[1].fired - start, 50, 80);
    assert_int_equal(f->clock.due, 0);
}

static void deadlines_count_from_the_planned_time(void **state) {
    fixture_t *f = *state;
    uint64_t now = uv_now(&f->loop);
    sio__timeout_arm(&f->fast, &f->items[1].timeout);
    sio__timeout_arm_from(&f->fast, &f->items[2].timeout, now > 10 ? now - 10 : 0);
    assert_ptr_equal(f->fast.first, &f->items[2].timeout); /* due earlier, so first */
    run_until_fired(f, 2);
    assert_true(f->items[2].fired <= f->items[1].fired);
}

static void arming_again_moves_it_back(void **state) {
    fixture_t *f = *state;
    sio__timeout_arm(&f->fast, &f->items[0].timeout);
    sio__timeout_arm(&f->fast, &f->items[1].timeout);
    sio__timeout_arm(&f->fast, &f->items[0].timeout);
    assert_ptr_equal(f->fast.first, &f->items[1].timeout);
    assert_ptr_equal(f->fast.last, &f->items[0].timeout);
    run_until_fired(f, 2);
    assert_int_equal(f->items[0].times, 1);
}

static void disarmed_ones_do_not_fire(void **state) {
    fixture_t *f = *state;
    for (int i = 1; i < 6; i++)
        sio__timeout_arm(&f->fast, &f->items[i].timeout);
    sio__timeout_disarm(&f->fast, &f->items[1].timeout); /* first */
    sio__timeout_disarm(&f->fast, &f->items[3].timeout); /* middle */
    sio__timeout_disarm(&f->fast, &f->items[5].timeout); /* last */
    sio__timeout_disarm(&f->fast, &f->items[5].timeout); /* twice is fine */
    sio__timeout_arm(&f->slow, &f->items[6].timeout);
    run_until_fired(f, 3);
    assert_int_equal(f->items[2].times, 1);
    assert_int_equal(f->items[4].times, 1);
    assert_int_equal(f->items[1].times + f->items[3].times + f->items[5].times, 0);
}

static void a_callback_may_arm_again(void **state) {
    fixture_t *f = *state;
    f->again = 2;
    sio__timeout_arm(&f->fast, &f->items[0].timeout);
    run_until_fired(f, 3);
    assert_int_equal(f->items[0].times, 3);
}

static void a_callback_may_disarm_another_that_is_due(void **state) {
    fixture_t *f = *state;
    f->victim = &f->items[2];
    sio__timeout_arm(&f->fast, &f->items[1].timeout);
    sio__timeout_arm(&f->fast, &f->items[2].timeout);
    sio__timeout_arm(&f->slow, &f->items[3].timeout);
    run_until_fired(f, 2);
    assert_int_equal(f->items[2].times, 0);
}

static void a_length_of_zero_is_never(void **state) {
    fixture_t *f = *state;
    sio__timeouts_t never;
    sio__timeouts_init(&never, &f->clock, 0, on_fast, f);
    sio__timeout_arm(&never, &f->items[0].timeout);
    assert_int_equal(f->items[0].timeout.due, 0);
    sio__timeouts_remove(&never);
}

static void a_removed_list_is_disarmed(void **state) {
    fixture_t *f = *state;
    sio__timeout_arm(&f->fast, &f->items[0].timeout);
    sio__timeout_arm(&f->slow, &f->items[1].timeout);
    sio__timeouts_remove(&f->fast);
    sio__timeouts_remove(&f->fast);
    run_until_fired(f, 1);
    assert_int_equal(f->items[0].times, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_list_fires_after_its_length, setup, teardown),
        cmocka_unit_test_setup_teardown(deadlines_count_from_the_planned_time, setup, teardown),
        cmocka_unit_test_setup_teardown(arming_again_moves_it_back, setup, teardown),
        cmocka_unit_test_setup_teardown(disarmed_ones_do_not_fire, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_may_arm_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_may_disarm_another_that_is_due, setup, teardown),
        cmocka_unit_test_setup_teardown(a_length_of_zero_is_never, setup, teardown),
        cmocka_unit_test_setup_teardown(a_removed_list_is_disarmed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
