/* What the log hook gets: the levels it asked for, in lines that nobody can forge. */
#include "base/log.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    int lines;
    char last[2 * SIO__LOG_LINE];
} heard_t;

static void on_log(sio_log_level_t level, const char *category, const char *text, void *data) {
    heard_t *heard = data;
    (void) level;
    assert_string_equal(category, "http");
    assert_true(strlen(text) < sizeof(heard->last));
    strcpy(heard->last, text);
    heard->lines++;
}

static void expect(const char *given, const char *said) {
    heard_t heard = {0};
    const sio__log_t log = {on_log, &heard, SIO_LOG_DEBUG};
    sio__log(&log, SIO_LOG_WARN, "http", "refused: %s", given);
    assert_int_equal(heard.lines, 1);
    assert_memory_equal(heard.last, "refused: ", 9);
    assert_string_equal(heard.last + 9, said);
}

static void a_line_is_one_line(void **state) {
    (void) state;
    expect("x\n[1 http] forged", "x?[1 http] forged");
    expect("x\r\n\r\n", "x????");
    expect("\x1b[2J\x1b]0;title\x07", "?[2J?]0;title?");
    expect("\x01\x1f\t\x7f ~", "???? ~");
}

static void control_characters_beyond_ascii(void **state) {
    (void) state;
    expect("\xc2\x80 \xc2\x9b" "2J \xc2\x9f", "?? ??2J ??");
    expect("\xc2\xa0\xc3\x80\xe2\x82\xac\xf0\x9f\x98\x80",
           "\xc2\xa0\xc3\x80\xe2\x82\xac\xf0\x9f\x98\x80");
    expect("cut \xc2", "cut \xc2");
    expect("cut \xc2\n", "cut \xc2?");
}

static void long_lines_are_cut(void **state) {
    heard_t heard = {0};
    const sio__log_t log = {on_log, &heard, SIO_LOG_DEBUG};
    char text[2 * SIO__LOG_LINE];
    (void) state;
    memset(text, '\n', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    sio__log(&log, SIO_LOG_WARN, "http", "%s", text);
    assert_int_equal(strlen(heard.last), SIO__LOG_LINE - 1);
    assert_int_equal(strspn(heard.last, "?"), SIO__LOG_LINE - 1);
}

static void levels(void **state) {
    heard_t heard = {0};
    const sio__log_t log = {on_log, &heard, SIO_LOG_WARN}, silent = {NULL, &heard, SIO_LOG_DEBUG};
    (void) state;
    sio__log(&log, SIO_LOG_ERROR, "http", "a");
    sio__log(&log, SIO_LOG_WARN, "http", "b");
    sio__log(&log, SIO_LOG_INFO, "http", "c");
    sio__log(&silent, SIO_LOG_ERROR, "http", "d");
    sio__log(NULL, SIO_LOG_ERROR, "http", "e");
    assert_int_equal(heard.lines, 2);
    assert_string_equal(heard.last, "b");
    assert_true(sio__log_hears(&log, SIO_LOG_WARN));
    assert_false(sio__log_hears(&log, SIO_LOG_INFO));
    assert_false(sio__log_hears(&silent, SIO_LOG_ERROR));
    assert_false(sio__log_hears(NULL, SIO_LOG_ERROR));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_line),
        cmocka_unit_test(control_characters_beyond_ascii),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
