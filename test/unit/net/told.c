/* What peers can make the log be told of: single lines all, of a flood ten a second, and how many
 * there were. */
#include "../lib/host.h"

typedef struct {
    uv_loop_t uv;
    sio__loop_t *loop;
    int lines;
    char last[2048];
} fixture_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    fixture_t *f = data;
    (void) level, (void) category;
    f->lines++;
    snprintf(f->last, sizeof(f->last), "%s", text);
}

static int setup(void **state) {
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(uv_loop_init(&f->uv), 0);
    assert_int_equal(sio__loop_new(&f->loop, &f->uv, (sio__log_t){on_log, f, SIO_LOG_WARN}), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture_t *f = *state;
    sio__loop_close(f->loop, NULL, NULL);
    uv_run(&f->uv, UV_RUN_DEFAULT);
    sio__loop_free(f->loop);
    assert_int_equal(uv_loop_close(&f->uv), 0);
    free(f);
    return 0;
}

static void tell_of(fixture_t *f, sio__told_kind_t kind, int from, int to) {
    for (int i = from; i < to; i++)
        sio__tell(f->loop, kind, SIO_LOG_WARN, "http", "number %d", i);
}

static void let_a_second_pass(fixture_t *f) {
    uint64_t start = uv_now(&f->uv);
    while (uv_now(&f->uv) - start < 1000) {
        usleep(10000);
        uv_update_time(&f->uv);
    }
}

static void single_lines_are_all_said(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < SIO__TOLD_A_SECOND; i++) {
        tell_of(f, SIO__TOLD_HTTP, i, i + 1);
        assert_int_equal(f->lines, i + 1);
        assert_int_equal(atoi(f->last + strlen("number ")), i);
        assert_null(strchr(f->last, ';'));
    }
}

static void a_flood_is_summed_up(void **state) {
    fixture_t *f = *state;
    tell_of(f, SIO__TOLD_HTTP, 0, 1000);
    assert_int_equal(f->lines, SIO__TOLD_A_SECOND);
    assert_string_equal(f->last, "number 9");
    let_a_second_pass(f);
    tell_of(f, SIO__TOLD_HTTP, 1000, 1001);
    assert_string_equal(f->last, "number 1000; 990 before it were not told of");
    tell_of(f, SIO__TOLD_HTTP, 1001, 2000);
    assert_int_equal(f->lines, 2 * SIO__TOLD_A_SECOND);
    assert_string_equal(f->last, "number 1009");
}

static void kinds_do_not_silence_each_other(void **state) {
    fixture_t *f = *state;
    tell_of(f, SIO__TOLD_HTTP, 0, 1000);
    f->lines = 0;
    tell_of(f, SIO__TOLD_TLS, 0, 1);
    sio__limited(f->loop, SIO_LIMIT_URL, "http", "a limit");
    assert_int_equal(f->lines, 2);
}

/* What is below the log's level is nothing that was kept from it. */
static void unheard_lines_are_not_counted(void **state) {
    fixture_t *f = *state;
    for (int i = 0; i < 100; i++)
        sio__tell(f->loop, SIO__TOLD_HTTP, SIO_LOG_DEBUG, "http", "not heard");
    assert_int_equal(f->lines, 0);
    tell_of(f, SIO__TOLD_HTTP, 0, SIO__TOLD_A_SECOND);
    assert_int_equal(f->lines, SIO__TOLD_A_SECOND);
    assert_string_equal(f->last, "number 9");
}

/* However long a line is, the sum is behind it. */
static void a_long_line_leaves_room_for_the_sum(void **state) {
    static const char sum[] = "; 1 before it were not told of";
    fixture_t *f = *state;
    char text[2 * SIO__LOG_LINE];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    tell_of(f, SIO__TOLD_EVENT, 0, SIO__TOLD_A_SECOND + 1);
    let_a_second_pass(f);
    sio__tell(f->loop, SIO__TOLD_EVENT, SIO_LOG_WARN, "socket", "%s", text);
    assert_in_range(strlen(f->last), SIO__LOG_LINE / 2, SIO__LOG_LINE);
    assert_string_equal(f->last + strlen(f->last) - strlen(sum), sum);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(single_lines_are_all_said),       CASE(a_flood_is_summed_up),
        CASE(kinds_do_not_silence_each_other), CASE(unheard_lines_are_not_counted),
        CASE(a_long_line_leaves_room_for_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
