/* Options: own copies, paths, checks, older and newer structs. */
#include "base/options.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void null_is_the_defaults(void **state) {
    (void) state;
    sio_options_t options;
    assert_int_equal(sio__options_copy(&options, NULL, "/socket.io"), 0);
    assert_string_equal(options.path, "/socket.io");
    assert_string_equal(options.transports, "polling,websocket");
    assert_int_equal(options.ping_interval_ms, 25000);
    assert_int_equal(options.ping_timeout_ms, 20000);
    assert_int_equal(options.upgrade_timeout_ms, 10000);
    assert_int_equal(options.max_payload, 1000000);
    assert_int_equal(options.connect_timeout_ms, 45000);
    assert_int_equal(options.max_attachments, 10);
    assert_int_equal(options.max_header_count, 100);
    assert_int_equal(options.close_timeout_ms, 30000);
    assert_int_equal(options.keep_sigpipe, 0);
    assert_int_equal(options.per_message_deflate.enabled, 0);
    assert_int_equal(options.per_message_deflate.threshold, 1024);
    assert_int_equal(options.per_message_deflate.level, -1);
    assert_int_equal(options.per_message_deflate.mem_level, 8);
    assert_int_equal(options.http_compression.enabled, 1);
    assert_int_equal(options.http_compression.threshold, 1024);
    assert_null(options.cors);
    assert_null(options.log);
    sio__options_free(&options);
}

static void paths_get_their_slashes(void **state) {
    (void) state;
    static const char *const cases[][2] = {
        {"/socket.io", "/socket.io"}, {"/socket.io/", "/socket.io"}, {"socket.io", "/socket.io"},
        {"dante/socket.io/", "/dante/socket.io"}, {"/", "/"}, {"", "/"},
        {"/myApp/server.js", "/myApp/server.js"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sio_options_t given = SIO_OPTIONS_INIT, options;
        given.path = cases[i][0];
        assert_int_equal(sio__options_copy(&options, &given, "/x"), 0);
        assert_string_equal(options.path, cases[i][1]);
        sio__options_free(&options);
    }
}

static void nothing_of_the_callers_is_kept(void **state) {
    (void) state;
    char path[] = "/a", origin[] = "https://example.org", name[] = "sid", proxies[] = "127.0.0.1";
    sio_cors_options_t cors = {.origin = origin};
    sio_cookie_options_t cookie = {.name = name};
    sio_options_t given = SIO_OPTIONS_INIT, options;
    given.path = path;
    given.cors = &cors;
    given.cookie = &cookie;
    given.trusted_proxies = proxies;
    assert_int_equal(sio__options_copy(&options, &given, "/x"), 0);
    memset(path, 'X', 2);
    memset(origin, 'X', 5);
    memset(name, 'X', 3);
    memset(proxies, 'X', 3);
    cors.origin = cookie.name = NULL;
    assert_string_equal(options.path, "/a");
    assert_string_equal(options.cors->origin, "https://example.org");
    assert_string_equal(options.cookie->name, "sid");
    assert_string_equal(options.trusted_proxies, "127.0.0.1");
    sio__options_free(&options);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void) state;
    static const char *const transports[] = {"", " , ", "carrier-pigeon", "polling,polling",
                                             "websocket,flash", NULL};
    sio_options_t options = {0};
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        sio_options_t given = SIO_OPTIONS_INIT;
        given.transports = transports[i];
        assert_int_equal(sio__options_copy(&options, &given, "/x"), SIO_EINVAL);
    }
    sio_options_t no_ping = SIO_OPTIONS_INIT, query = SIO_OPTIONS_INIT, no_size = SIO_OPTIONS_INIT;
    no_ping.ping_interval_ms = 0;
    query.path = "/a?b";
    no_size.size = 0;
    assert_int_equal(sio__options_copy(&options, &no_ping, "/x"), SIO_EINVAL);
    assert_int_equal(sio__options_copy(&options, &query, "/x"), SIO_EINVAL);
    assert_int_equal(sio__options_copy(&options, &no_size, "/x"), SIO_EINVAL);
    static const sio_deflate_options_t deflates[] = {
        {.mem_level = 8, .server_max_window_bits = 7},
        {.mem_level = 8, .client_max_window_bits = 16},
        {.mem_level = 0}, {.mem_level = 10}, {.mem_level = 8, .level = -2},
        {.mem_level = 8, .level = 10},
    };
    for (size_t i = 0; i < sizeof(deflates) / sizeof(deflates[0]); i++) {
        sio_options_t given = SIO_OPTIONS_INIT;
        given.per_message_deflate = deflates[i];
        assert_int_equal(sio__options_copy(&options, &given, "/x"), SIO_EINVAL);
    }
    static const uint32_t depths[] = {0, SIO__DEPTH_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        sio_options_t given = SIO_OPTIONS_INIT;
        given.max_json_depth = depths[i];
        assert_int_equal(sio__options_copy(&options, &given, "/x"), SIO_EINVAL);
    }
    sio_options_t check = SIO_OPTIONS_INIT;
    check.origin_check = (sio_origin_check_t) 3;
    assert_int_equal(sio__options_copy(&options, &check, "/x"), SIO_EINVAL);
    assert_null(options.path); /* untouched */
}

static void fields_beyond_an_older_struct_take_their_defaults(void **state) {
    (void) state;
    sio_options_t given = SIO_OPTIONS_INIT, options;
    given.size = offsetof(sio_options_t, ping_timeout_ms);
    given.ping_interval_ms = 7;
    given.ping_timeout_ms = 8; /* not there for a program of that time */
    assert_int_equal(sio__options_copy(&options, &given, "/x"), 0);
    assert_int_equal(options.ping_interval_ms, 7);
    assert_int_equal(options.ping_timeout_ms, 20000);
    sio__options_free(&options);
}

static void a_newer_struct_is_cut(void **state) {
    (void) state;
    struct {
        sio_options_t known;
        int unknown;
    } given = {SIO_OPTIONS_INIT, 1};
    sio_options_t options;
    given.known.size = sizeof(given);
    assert_int_equal(sio__options_copy(&options, &given.known, "/x"), 0);
    assert_int_equal(options.size, sizeof(options));
    sio__options_free(&options);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_is_the_defaults),
        cmocka_unit_test(paths_get_their_slashes),
        cmocka_unit_test(nothing_of_the_callers_is_kept),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(fields_beyond_an_older_struct_take_their_defaults),
        cmocka_unit_test(a_newer_struct_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
