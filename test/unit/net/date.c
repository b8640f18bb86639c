/* Dates of HTTP. */
#include "net/date.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void known_dates(void **state) {
    char date[SIO__DATE_LENGTH + 1];
    (void) state;
    sio__date_format(date, 784111777); /* RFC 9110 5.6.7 */
    assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    sio__date_format(date, 0);
    assert_string_equal(date, "Thu, 01 Jan 1970 00:00:00 GMT");
    sio__date_format(date, 951782399);
    assert_string_equal(date, "Mon, 28 Feb 2000 23:59:59 GMT");
    sio__date_format(date, 951782400);
    assert_string_equal(date, "Tue, 29 Feb 2000 00:00:00 GMT");
    sio__date_format(date, 4107542400);
    assert_string_equal(date, "Mon, 01 Mar 2100 00:00:00 GMT");
}

static void every_day_is_the_system_library_s(void **state) {
    char date[SIO__DATE_LENGTH + 1], expected[64];
    int64_t back;
    (void) state;
    for (int64_t day = 0; day < 60000; day++) {
        time_t seconds = (time_t) (day * 86400 + day % 86400);
        struct tm parts;
        gmtime_r(&seconds, &parts);
        strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        sio__date_format(date, seconds);
        assert_string_equal(date, expected);
        assert_true(sio__date_parse(date, &back));
        assert_int_equal(back, seconds);
    }
}

static void what_is_no_date(void **state) {
    static const char *const bad[] = {
        "", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, x6 Nov 1994 08:49:37 GMT",
    };
    int64_t seconds = 42;
    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(sio__date_parse(bad[i], &seconds));
    assert_int_equal(seconds, 42);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates),
        cmocka_unit_test(every_day_is_the_system_library_s),
        cmocka_unit_test(what_is_no_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
