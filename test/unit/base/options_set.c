/* Options by name: every name, values of each kind, old names and what they mean, errors. */
#include "base/options.h"
#include "base/settings.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void set(sio_options_t *options, const char *name, const char *value) {
    if (sio_options_set(options, name, value) < 0)
        fail_msg("%s", sio_options_error(options));
}

static void fields_have_their_names(void **state) {
    (void) state;
    sio_options_t options = SIO_OPTIONS_INIT;
    set(&options, "path", "/dante/socket.io");
    set(&options, "ping_interval_ms", "300");
    set(&options, "add-trailing-slash", "off");
    set(&options, "v09.heartbeat_interval_ms", "1500");
    set(&options, "per_message_deflate", "on");
    set(&options, "per_message_deflate.level", "-1");
    set(&options, "per_message_deflate.server_max_window_bits", "9");
    set(&options, "log_level", "warn");
    set(&options, "client_version", "0.9");
    set(&options, "max_connections", "1000");
    set(&options, "max-connections-per-address", "20");
    set(&options, "max_handshakes_per_second", "200");
    set(&options, "max_json_depth", "64");
    set(&options, "max_namespaces", "10");
    set(&options, "max_absent_sessions", "500");
    set(&options, "max_namespace_bytes", "64");
    set(&options, "max_child_namespaces", "300");
    set(&options, "max_rooms", "11");
    set(&options, "max_listeners", "12");
    set(&options, "max_pending_acks", "13");
    set(&options, "max_buffered_total", "268435456");
    set(&options, "ws_idle_timeout_ms", "0");
    set(&options, "origin_check", "on");
    assert_string_equal(options.path, "/dante/socket.io");
    assert_int_equal(options.ping_interval_ms, 300);
    assert_int_equal(options.add_trailing_slash, 0);
    assert_int_equal(options.v09.heartbeat_interval_ms, 1500);
    assert_int_equal(options.per_message_deflate.enabled, 1);
    assert_int_equal(options.per_message_deflate.level, -1);
    assert_int_equal(options.per_message_deflate.server_max_window_bits, 9);
    assert_int_equal(options.log_level, SIO_LOG_WARN);
    assert_string_equal(options.client_version, "0.9");
    assert_int_equal(options.max_connections, 1000);
    assert_int_equal(options.max_connections_per_address, 20);
    assert_int_equal(options.max_handshakes_per_second, 200);
    assert_int_equal(options.max_json_depth, 64);
    assert_int_equal(options.max_namespaces, 10);
    assert_int_equal(options.max_absent_sessions, 500);
    assert_int_equal(options.max_namespace_bytes, 64);
    assert_int_equal(options.max_child_namespaces, 300);
    assert_int_equal(options.max_rooms, 11);
    assert_int_equal(options.max_listeners, 12);
    assert_int_equal(options.max_pending_acks, 13);
    assert_int_equal(options.max_buffered_total, 268435456);
    assert_int_equal(options.ws_idle_timeout_ms, 0);
    assert_int_equal(options.origin_check, SIO_ORIGIN_CHECK_ON);
    set(&options, "origin_check", "CORS");
    assert_int_equal(options.origin_check, SIO_ORIGIN_CHECK_CORS);
    set(&options, "origin_check", "no");
    assert_int_equal(options.origin_check, SIO_ORIGIN_CHECK_OFF);
    sio_options_clear(&options);
    assert_null(options.path);
    assert_int_equal(options.ping_interval_ms, 25000);
}

static void names_of_nodes_server_mean_the_same(void **state) {
    (void) state;
    sio_options_t options = SIO_OPTIONS_INIT;
    set(&options, "pingInterval", "1");
    set(&options, "pingTimeout", "2");
    set(&options, "maxHttpBufferSize", "3");
    set(&options, "allowEIO3", "true");
    set(&options, "connectionStateRecovery.skipMiddlewares", "false");
    set(&options, "connectionStateRecovery.maxDisconnectionDuration", "4");
    set(&options, "cookie.httpOnly", "false");
    set(&options, "connectTimeout", "5");
    assert_int_equal(options.ping_interval_ms, 1);
    assert_int_equal(options.ping_timeout_ms, 2);
    assert_int_equal(options.max_payload, 3);
    assert_int_equal(options.allow_eio3, 1);
    assert_int_equal(options.recovery->run_middlewares, 1);
    assert_int_equal(options.recovery->max_disconnection_ms, 4);
    assert_int_equal(options.cookie->not_http_only, 1);
    assert_int_equal(options.connect_timeout_ms, 5);
    sio_options_clear(&options);
}

/* Seconds, as they were; times of heartbeats are for everybody. */
static void old_names_keep_working(void **state) {
    (void) state;
    sio_options_t options = SIO_OPTIONS_INIT;
    set(&options, "resource", "/myApp/server.js");
    set(&options, "heartbeats", "no");
    set(&options, "heartbeat interval", "10");
    set(&options, "heartbeat timeout", "30");
    set(&options, "close timeout", "40");
    set(&options, "polling duration", "15");
    set(&options, "destroy buffer size", "12345");
    set(&options, "browser client", "false");
    set(&options, "log level", "1");
    set(&options, "origins", "*:*");
    assert_string_equal(options.path, "/myApp/server.js");
    assert_int_equal(options.v09.heartbeats, 0);
    assert_int_equal(options.v09.heartbeat_interval_ms, 10000);
    assert_int_equal(options.ping_interval_ms, 10000);
    assert_int_equal(options.v09.heartbeat_timeout_ms, 30000);
    assert_int_equal(options.ping_timeout_ms, 30000);
    assert_int_equal(options.v09.close_timeout_ms, 40000);
    assert_int_equal(options.close_timeout_ms, 30000);
    assert_int_equal(options.v09.polling_duration_ms, 15000);
    assert_int_equal(options.max_payload, 12345);
    assert_int_equal(options.serve_client, 0);
    assert_int_equal(options.log_level, SIO_LOG_WARN);
    assert_string_equal(options.cors->origin, "*");
    sio_options_clear(&options);
}

static void transports_are_those_of_each_generation(void **state) {
    (void) state;
    static const struct {
        const char *value, *engine, *v09;
    } cases[] = {
        {"websocket", "websocket", "websocket"},
        {"polling", "polling", "htmlfile,xhr-polling,jsonp-polling"},
        {"polling,websocket", "polling,websocket",
         "websocket,htmlfile,xhr-polling,jsonp-polling"},
        {"websocket, xhr-polling", "websocket,polling", "websocket,xhr-polling"},
        {"xhr-polling,jsonp-polling,websocket", "polling,websocket",
         "xhr-polling,jsonp-polling,websocket"},
        {"htmlfile", "polling", "htmlfile"},
        {"websocket,websocket", "websocket", "websocket"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sio_options_t options = SIO_OPTIONS_INIT, copy;
        set(&options, "transports", cases[i].value);
        assert_string_equal(options.transports, cases[i].engine);
        assert_string_equal(options.v09.transports, cases[i].v09);
        assert_int_equal(sio__options_copy(&copy, &options, "/x"), 0);
        sio__options_free(&copy);
        assert_int_equal(sio_options_set(&options, "transports", "carrier-pigeon"), SIO_EINVAL);
        assert_int_equal(sio_options_set(&options, "transports", " , "), SIO_EINVAL);
        assert_string_equal(options.transports, cases[i].engine);
        sio_options_clear(&options);
    }
}

static void structs_behind_pointers_can_be_switched(void **state) {
    (void) state;
    sio_cors_options_t cors = {.origin = "https://a.example", .max_age = 7};
    sio_options_t options = SIO_OPTIONS_INIT;
    options.cors = &cors;
    set(&options, "cors.credentials", "on");
    assert_int_equal(options.cors->credentials, 1);
    assert_string_equal(options.cors->origin, "https://a.example");
    assert_int_equal(cors.credentials, 0); /* the program's own is left alone */
    set(&options, "cors", "https://b.example,https://c.example");
    assert_string_equal(options.cors->origin, "https://b.example,https://c.example");
    assert_int_equal(options.cors->max_age, 7);
    set(&options, "cors", "off");
    assert_null(options.cors);
    set(&options, "cors", "on");
    assert_string_equal(options.cors->origin, "*");
    set(&options, "cookie", "sid");
    assert_string_equal(options.cookie->name, "sid");
    set(&options, "cookie", "off");
    assert_null(options.cookie);
    set(&options, "cookie", "yes");
    assert_null(options.cookie->name);
    set(&options, "recovery", "on");
    assert_non_null(options.recovery);
    set(&options, "recovery", "off");
    assert_null(options.recovery);
    sio_options_clear(&options);
}

static void an_unknown_name_is_told_its_nearest(void **state) {
    (void) state;
    static const char *const cases[][2] = {
        {"heartbeat intervall", "heartbeat interval"}, {"pingIntervl", "pingInterval"},
        {"cors.orgin", "cors.origin"}, {"tranports", "transports"}, {"", "path"},
        {"max_http_buffer", "maxHttpBufferSize"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char wanted[200];
        sio_options_t options = SIO_OPTIONS_INIT;
        assert_int_equal(sio_options_set(&options, cases[i][0], "1"), SIO_ENOENT);
        snprintf(wanted, sizeof(wanted), "unknown option \"%s\"; the nearest is \"%s\"",
                 cases[i][0], cases[i][1]);
        assert_string_equal(sio_options_error(&options), wanted);
        sio_options_clear(&options);
    }
}

static void a_bad_value_changes_nothing(void **state) {
    (void) state;
    static const struct {
        const char *name, *value;
        int rc;
    } cases[] = {
        {"ping_interval_ms", "", SIO_EINVAL},         {"ping_interval_ms", "1.5", SIO_EINVAL},
        {"ping_interval_ms", "-1", SIO_EINVAL},       {"ping_interval_ms", "4294967296", SIO_ERANGE},
        {"ping_interval_ms", "99999999999999999999999", SIO_ERANGE},
        {"heartbeat interval", "4294968", SIO_ERANGE}, {"heartbeat interval", "25s", SIO_EINVAL},
        {"cors.credentials", "maybe", SIO_EINVAL},    {"cookie.max_age", "x", SIO_EINVAL},
        {"recovery.max_bytes", "x", SIO_EINVAL},      {"recovery", "2", SIO_EINVAL},
        {"origins", "example.org:80", SIO_EINVAL},    {"log_level", "loud", SIO_EINVAL},
        {"cookie.max_age", "2147483648", SIO_ERANGE}, {"log_level", "4", SIO_EINVAL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sio_options_t options = SIO_OPTIONS_INIT;
        const sio_options_t before = options;
        assert_int_equal(sio_options_set(&options, cases[i].name, cases[i].value), cases[i].rc);
        assert_non_null(strstr(sio_options_error(&options), cases[i].name));
        struct sio_options_own_s *own = options.own;
        options.own = NULL;
        assert_memory_equal(&options, &before, sizeof(options));
        options.own = own;
        sio_options_clear(&options);
    }
    sio_options_t largest = SIO_OPTIONS_INIT;
    set(&largest, "max_payload", "4294967295");
    set(&largest, "heartbeat interval", "4294967");
    assert_int_equal(largest.max_payload, UINT32_MAX);
    sio_options_clear(&largest);
    assert_int_equal(sio_options_set(NULL, "path", "/"), SIO_EINVAL);
    assert_int_equal(sio_options_set(&largest, NULL, "/"), SIO_EINVAL);
    assert_int_equal(sio_options_set(&largest, "path", NULL), SIO_EINVAL);
    sio_options_clear(NULL);
}

/* Each name is found, as itself: none hides another. */
static void every_name_is_one(void **state) {
    (void) state;
    const sio__setting_t *setting = NULL;
    size_t count = 0;
    while ((setting = sio__setting_next(setting)) != NULL) {
        assert_ptr_equal(sio__setting_find(setting->name), setting);
        assert_ptr_equal(sio__setting_nearest(setting->name), setting);
        assert_true(strlen(setting->name) < 64);
        count++;
    }
    assert_true(count > 80);
}

static void a_server_takes_what_was_set(void **state) {
    (void) state;
    char name[] = "path", value[] = "/a";
    sio_options_t options = SIO_OPTIONS_INIT, copy;
    set(&options, name, value);
    memset(value, 'X', 2);
    set(&options, "cors", "https://a.example");
    assert_int_equal(sio__options_copy(&copy, &options, "/x"), 0);
    sio_options_clear(&options);
    assert_string_equal(copy.path, "/a");
    assert_string_equal(copy.cors->origin, "https://a.example");
    assert_null(copy.own);
    sio__options_free(&copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_have_their_names),
        cmocka_unit_test(names_of_nodes_server_mean_the_same),
        cmocka_unit_test(old_names_keep_working),
        cmocka_unit_test(transports_are_those_of_each_generation),
        cmocka_unit_test(structs_behind_pointers_can_be_switched),
        cmocka_unit_test(an_unknown_name_is_told_its_nearest),
        cmocka_unit_test(a_bad_value_changes_nothing),
        cmocka_unit_test(every_name_is_one),
        cmocka_unit_test(a_server_takes_what_was_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
