/* Texts: lists, errors, reasons, the log. */
#include "base/text.h"
#include "base/log.h"
#include <setjmp.h>
#include <sio/error.h>
#include <sio/reason.h>
#include <sio/version.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

static void lists(void **state) {
    const char *cursor = " polling ,websocket,, \t,x,";
    const char *none = NULL, *empty = " , ,";
    const char *item;
    size_t length;

    (void) state;
    assert_true(sio__text_list_next(&cursor, &item, &length));
    assert_int_equal(length, 7);
    assert_memory_equal(item, "polling", 7);
    assert_true(sio__text_list_next(&cursor, &item, &length));
    assert_int_equal(length, 9);
    assert_memory_equal(item, "websocket", 9);
    assert_true(sio__text_list_next(&cursor, &item, &length));
    assert_int_equal(length, 1);
    assert_false(sio__text_list_next(&cursor, &item, &length));
    assert_false(sio__text_list_next(&cursor, &item, &length));
    assert_false(sio__text_list_next(&none, &item, &length));
    assert_false(sio__text_list_next(&empty, &item, &length));

    assert_true(sio__text_list_has("keep-alive, Upgrade", "upgrade", 7, 1));
    assert_false(sio__text_list_has("keep-alive, Upgrade", "upgrade", 7, 0));
    assert_true(sio__text_list_has("keep-alive, upgrade", "upgrade", 7, 0));
    assert_false(sio__text_list_has("keep-alive, upgrades", "upgrade", 7, 1));
    assert_false(sio__text_list_has(NULL, "upgrade", 7, 1));
}

static void compares(void **state) {
    (void) state;
    assert_true(sio__text_equal_nocase("WebSocket", "websocket"));
    assert_true(sio__text_equal_nocase("", ""));
    assert_false(sio__text_equal_nocase("websocket", "websockets"));
    assert_false(sio__text_equal_nocase("websockets", "websocket"));
    assert_false(sio__text_equal_nocase("@", "`")); /* as far apart as letters of two cases */
}

static void copies(void **state) {
    char *copy = sio__text_copy("abcdef", 3);

    (void) state;
    assert_string_equal(copy, "abc");
    free(copy);
    copy = sio__text_copy(NULL, 0);
    assert_string_equal(copy, "");
    free(copy);
}

static void errors(void **state) {
    (void) state;
    assert_string_equal(sio_err_name(SIO_ECLOSED), "SIO_ECLOSED");
    assert_string_equal(sio_strerror(SIO_ECLOSED), "closed");
    assert_string_equal(sio_err_name(UV_EADDRINUSE), "EADDRINUSE");
    assert_string_equal(sio_strerror(UV_EADDRINUSE), "address already in use");
    assert_string_equal(sio_err_name(UV_EOF), "EOF");
    assert_string_equal(sio_strerror(0), "success");
    assert_string_equal(sio_err_name(0), "SIO_OK");
    /* unknown ones: a leak checker sees to it that nothing is allocated */
    assert_string_equal(sio_strerror(-31415), "unknown error");
    assert_string_equal(sio_err_name(12345), "UNKNOWN");
}

static void reasons(void **state) {
    (void) state;
    assert_string_equal(sio_reason_string(SIO_REASON_TRANSPORT_CLOSE), "transport close");
    assert_string_equal(sio_reason_string(SIO_REASON_SERVER_NAMESPACE_DISCONNECT),
                        "server namespace disconnect");
    assert_string_equal(sio_reason_string((sio_reason_t) 99), "unknown reason");
    assert_string_equal(sio_version(), SIO_VERSION);
}

typedef struct {
    int calls;
    sio_log_level_t level;
    char text[2048];
} logged_t;

static void take(sio_log_level_t level, const char *category, const char *text, void *data) {
    logged_t *logged = data;

    logged->calls++;
    logged->level = level;
    assert_string_equal(category, "ws");
    assert_true(strlen(text) < sizeof(logged->text));
    strcpy(logged->text, text);
}

static void logs(void **state) {
    logged_t logged = {0};
    sio__log_t log = {take, &logged, SIO_LOG_DEBUG}, silent = {0};
    char huge[4096];

    (void) state;
    sio__log(&log, SIO_LOG_WARN, "ws", "%s is %d", "x", 3);
    assert_int_equal(logged.calls, 1);
    assert_int_equal(logged.level, SIO_LOG_WARN);
    assert_string_equal(logged.text, "x is 3");
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    sio__log(&log, SIO_LOG_DEBUG, "ws", "%s", huge);
    assert_int_equal(strlen(logged.text), 1023);
    sio__log(&silent, SIO_LOG_ERROR, "ws", "nobody listens");
    sio__log(NULL, SIO_LOG_ERROR, "ws", "nobody listens");
    assert_int_equal(logged.calls, 2);
    log.level = SIO_LOG_WARN;
    sio__log(&log, SIO_LOG_INFO, "ws", "too low");
    assert_int_equal(logged.calls, 2);
    sio__log(&log, SIO_LOG_ERROR, "ws", "high enough");
    assert_int_equal(logged.calls, 3);
}

static void tokens(void **state) {
    static const char good[] = "!#$%&'*+-.^_`|~09azAZ";
    int count = 0;
    (void) state;
    for (const char *c = good; *c != '\0'; c++)
        assert_true(sio__text_is_token(*c));
    for (int c = 0; c < 256; c++)
        count += sio__text_is_token((char) c) != 0;
    assert_int_equal(count, 15 + 10 + 26 + 26);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists), cmocka_unit_test(compares), cmocka_unit_test(copies),
        cmocka_unit_test(errors), cmocka_unit_test(reasons), cmocka_unit_test(logs),
        cmocka_unit_test(tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
