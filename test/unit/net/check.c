/* What a header says about its message, without llhttp, which refuses some of it before. */
#include "net/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    const char *headers; /* "Name:value;" of each; in all of them there is a Host */
    int status;
    sio__framing_t framing;
    uint64_t length;
} row_t;

static void add(sio__headbuf_t *headbuf, const char *name, size_t name_length, const char *value,
                size_t value_length) {
    assert_int_equal(sio__headbuf_name(headbuf, name, name_length), 0);
    assert_int_equal(sio__headbuf_name_end(headbuf), 0);
    assert_int_equal(sio__headbuf_put(headbuf, value, value_length), 0);
    assert_int_equal(sio__headbuf_value_end(headbuf), 0);
}

static void make(sio__headbuf_t *headbuf, const char *method, const char *url,
                 const char *headers) {
    assert_int_equal(sio__headbuf_begin(headbuf), 0);
    assert_int_equal(sio__headbuf_put(headbuf, url, strlen(url)), 0);
    assert_int_equal(sio__headbuf_url_end(headbuf), 0);
    while (*headers != '\0') {
        size_t name = strcspn(headers, ":"), value = strcspn(headers + name + 1, ";");
        add(headbuf, headers, name, headers + name + 1, value);
        headers += name + value + 2;
    }
    assert_int_equal(sio__headbuf_finish(headbuf), 0);
    sio__headbuf_head(headbuf)->method = method;
}

static void bodies(void **state) {
    static const row_t rows[] = {
        {"", 0, SIO__BODY_ABSENT, 0},
        {"Content-Length:5;", 0, SIO__BODY_COUNTED, 5},
        {"content-length:0;", 0, SIO__BODY_COUNTED, 0},
        {"Content-Length:18446744073709551615;", 0, SIO__BODY_COUNTED, UINT64_MAX},
        {"Content-Length:18446744073709551616;", 400, 0, 0},
        {"Content-Length:18446744073709551620;", 400, 0, 0},
        {"Content-Length:99999999999999999999;", 400, 0, 0},
        {"Content-Length:;", 400, 0, 0},
        {"Content-Length:5 ;", 0, SIO__BODY_COUNTED, 5}, /* blanks are none of the value */
        {"Content-Length:5a;", 400, 0, 0},
        {"Content-Length:-5;", 400, 0, 0},
        {"Content-Length:+5;", 400, 0, 0},
        {"Content-Length:5,5;", 400, 0, 0},
        {"Content-Length:5;Content-Length:5;", 400, 0, 0},
        {"Content-Length:5;X:y;CONTENT-LENGTH:6;", 400, 0, 0},
        {"Content-Lengths:5;", 0, SIO__BODY_ABSENT, 0},
        {"Transfer-Encoding:chunked;", 0, SIO__BODY_IN_CHUNKS, 0},
        {"TRANSFER-ENCODING:Chunked;", 0, SIO__BODY_IN_CHUNKS, 0},
        {"Transfer-Encoding:chunked;Content-Length:5;", 400, 0, 0},
        {"Content-Length:5;Transfer-Encoding:chunked;", 400, 0, 0},
        {"Transfer-Encoding:;", 400, 0, 0},
        {"Transfer-Encoding:,;", 400, 0, 0},
        {"Transfer-Encoding:chunked,;", 400, 0, 0},
        {"Transfer-Encoding:,chunked;", 400, 0, 0},
        {"Transfer-Encoding:chunked,chunked;", 400, 0, 0},
        {"Transfer-Encoding:chunked;Transfer-Encoding:chunked;", 400, 0, 0},
        {"Transfer-Encoding:chunked;Transfer-Encoding:;", 400, 0, 0},
        {"Transfer-Encoding:chunked, gzip;", 400, 0, 0},
        {"Transfer-Encoding:gzip;", 400, 0, 0},
        {"Transfer-Encoding:chunke;", 400, 0, 0},
        {"Transfer-Encoding:gzip, chunked;", 501, 0, 0},
        {"Transfer-Encoding:gzip;Transfer-Encoding:chunked;", 501, 0, 0},
        {"Transfer-Encoding:gzip, chunked, chunked;", 400, 0, 0},
    };
    sio__headbuf_t headbuf = {0};
    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char headers[128] = "Host:x;";
        const char *reason = NULL;
        sio__message_t message;
        strcat(headers, rows[i].headers);
        make(&headbuf, "POST", "/", headers);
        int status = sio__check(&headbuf, 1, &message, &reason);
        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].headers, status);
        assert_non_null(reason);
        if (status == 0) {
            assert_int_equal(message.framing, rows[i].framing);
            assert_int_equal(message.length, rows[i].length);
        }
    }
    sio__headbuf_free(&headbuf);
}

static int check(const char *method, const char *url, const char *headers, unsigned minor) {
    sio__headbuf_t headbuf = {0};
    sio__message_t message;
    const char *reason;
    make(&headbuf, method, url, headers);
    int status = sio__check(&headbuf, minor, &message, &reason);
    sio__headbuf_free(&headbuf);
    return status;
}

static void hosts(void **state) {
    (void) state;
    assert_int_equal(check("GET", "/", "", 1), 400);
    assert_int_equal(check("GET", "/", "", 0), 0);
    assert_int_equal(check("GET", "/", "Host:;", 1), 0);
    assert_int_equal(check("GET", "/", "Host:x;HOST:x;", 1), 400);
    assert_int_equal(check("GET", "/", "Host:x;Host:x;", 0), 400);
    assert_int_equal(check("GET", "/", "Host:x y;", 0), 400);
    assert_int_equal(check("GET", "/", "Host:[::1]:80;", 1), 0);
    assert_int_equal(check("GET", "/", "Host:[::1%lo]:80;", 1), 0);
    assert_int_equal(check("GET", "/", "Host:[;", 1), 400);
    assert_int_equal(check("GET", "/", "Host:[]:80;", 1), 400);
    assert_int_equal(check("GET", "/", "Host:x:;", 1), 0);
    assert_int_equal(check("GET", "/", "Host:x:65535;", 1), 0);
    assert_int_equal(check("GET", "/", "Host:x:655350;", 1), 400);
    assert_int_equal(check("POST", "/", "Transfer-Encoding:chunked;", 0), 400);
}

static void targets(void **state) {
    (void) state;
    assert_int_equal(check("GET", "*", "Host:x;", 1), 400);
    assert_int_equal(check("OPTIONS", "*", "Host:x;", 1), 0);
    assert_int_equal(check("OPTIONS", "**", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "h", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "http", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "http:", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "http:/", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "http://", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "httpx://x", "Host:x;", 1), 400);
    assert_int_equal(check("GET", "http://x", "Host:x;", 1), 0);
    assert_int_equal(check("GET", "https://x?", "Host:x;", 1), 0);
    assert_int_equal(check("GET", "http://x#", "Host:x;", 1), 400);
}

/* What a lookup finds of Host is what the target says, of the others what came. */
static void the_host_of_a_url(void **state) {
    sio__headbuf_t headbuf = {0};
    sio__message_t message;
    const char *reason, *name, *value;
    (void) state;
    make(&headbuf, "GET", "http://first:1/p", "A:1;Host:second;A:2;Expect:e;Upgrade:u;");
    assert_int_equal(sio__check(&headbuf, 1, &message, &reason), 0);
    const sio__head_t *head = sio__headbuf_head(&headbuf);
    assert_string_equal(sio__head_header(head, "host"), "first:1");
    assert_string_equal(sio__head_header(head, "a"), "1, 2");
    assert_true(sio__head_header_at(head, 1, &name, &value));
    assert_string_equal(value, "second");
    assert_false(sio__head_header_at(head, 5, &name, &value));
    assert_true(message.has_expect);
    assert_true(message.has_upgrade);
    assert_int_equal(sio__headbuf_set_address(&headbuf, "127.0.0.1"), 0);
    head = sio__headbuf_head(&headbuf);
    assert_string_equal(sio__head_address(head), "127.0.0.1");
    assert_string_equal(sio__head_header(head, "Host"), "first:1");
    sio__headbuf_free(&headbuf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(hosts),
        cmocka_unit_test(targets),
        cmocka_unit_test(the_host_of_a_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
