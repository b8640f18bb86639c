/* Percent-decoding, paths and queries. */
#include "net/url.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_decode(const char *text, int form, const char *expected) {
    char *copy = strdup(text);
    size_t length = sio__url_decode(copy, strlen(text), form);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(copy, expected, length);
    free(copy);
}

static void decoding(void **state) {
    (void) state;
    check_decode("", 0, "");
    check_decode("abc", 0, "abc");
    check_decode("a%20b%2Fc%2f", 0, "a b/c/");
    check_decode("a+b", 0, "a+b");
    check_decode("a+b%2B", 1, "a b+");
    check_decode("%C3%A9", 0, "\xc3\xa9");
    check_decode("%2525", 0, "%25");
}

static void stray_percents_stay(void **state) {
    (void) state;
    check_decode("%", 0, "%");
    check_decode("%2", 0, "%2");
    check_decode("100%", 1, "100%");
    check_decode("%zz%4", 0, "%zz%4");
    check_decode("%%41", 0, "%A");
    check_decode("%4g", 0, "%4g");
}

static void a_decoded_nul_counts(void **state) {
    char text[] = "a%00b";
    (void) state;
    assert_int_equal(sio__url_decode(text, 5, 0), 3);
    assert_memory_equal(text, "a\0b", 3);
}

static void check_decode_path(const char *text, int rc, const char *expected) {
    char *copy = strdup(text);
    size_t length = strlen(text);
    assert_int_equal(sio__url_decode_path(copy, &length), rc);
    if (rc == 0) {
        assert_int_equal(length, strlen(expected));
        assert_memory_equal(copy, expected, length);
    }
    free(copy);
}

static void decoding_paths(void **state) {
    (void) state;
    check_decode_path("", 0, "");
    check_decode_path("/a+b", 0, "/a+b");
    check_decode_path("/%41%2f%25", 0, "/A/%");
    check_decode_path("/a%ffb", 0, "/a\xff" "b");
    check_decode_path("/%", SIO_EINVAL, NULL);
    check_decode_path("/%4", SIO_EINVAL, NULL);
    check_decode_path("/%4g", SIO_EINVAL, NULL);
    check_decode_path("/%%41", SIO_EINVAL, NULL);
    check_decode_path("/%41%", SIO_EINVAL, NULL);
    check_decode_path("/%00", SIO_EINVAL, NULL);
    check_decode_path("/a%00b", SIO_EINVAL, NULL);
}

static void check_path(const char *url, const char *expected) {
    const char *start;
    size_t length = sio__url_path(url, &start);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(start, expected, length);
}

static void paths(void **state) {
    (void) state;
    check_path("/", "/");
    check_path("/a/b?c=/d", "/a/b");
    check_path("/a#b?c", "/a");
    check_path("?x", "");
    check_path("*", "*");
    check_path("http://example.org/a/b?c", "/a/b");
    check_path("http://example.org", "");
    check_path("http://example.org?a=b", "");
    check_path("/http://example.org/a", "/http://example.org/a");
    check_path("a://", "");
    check_path("x?y=http://z/", "x");
}

static const char *query(const char *url, const char *name) {
    static char value[64];
    const char *at;
    size_t length;
    if (!sio__url_query(url, name, &at, &length))
        return NULL;
    memcpy(value, at, length);
    value[length] = '\0';
    return value;
}

static void queries(void **state) {
    (void) state;
    assert_string_equal(query("/?EIO=4&transport=polling", "EIO"), "4");
    assert_string_equal(query("/?EIO=4&transport=polling", "transport"), "polling");
    assert_null(query("/?EIO=4&transport=polling", "sid"));
    assert_null(query("/?EIO=4", "EI"));
    assert_null(query("/?EIO=4", "EIOO"));
    assert_null(query("/EIO=4", "EIO"));
    assert_string_equal(query("/?a=1&a=2", "a"), "1");
    assert_string_equal(query("/?a", "a"), "");
    assert_string_equal(query("/?a=", "a"), "");
    assert_string_equal(query("/?a=b=c", "a"), "b=c");
    assert_string_equal(query("/?&&a=1&&", "a"), "1");
    assert_string_equal(query("/?x=?&a=1", "a"), "1");
    assert_string_equal(query("/?a=1#b=2", "a"), "1");
    assert_null(query("/?a=1#&b=2", "b"));
    assert_null(query("/#?a=1", "a"));
    assert_string_equal(query("/?s%69d=x", "sid"), "x");
    assert_string_equal(query("/?a+b=%20", "a b"), "%20");
    assert_string_equal(query("/?=1", ""), "1");
    assert_null(query("/?", ""));
    assert_null(query("/", ""));
}

static void check_take(const char *text, int name, const char *expected, size_t length,
                       const char *rest) {
    char to[64];
    const char *at = text;
    assert_int_equal(sio__url_query_take(&at, to, name), length);
    assert_memory_equal(to, expected, length);
    assert_string_equal(at, rest);
}

static void taking(void **state) {
    (void) state;
    assert_string_equal(sio__url_query_start("/a?b=c?d#e"), "b=c?d#e");
    assert_string_equal(sio__url_query_start("/a#b?c"), "");
    assert_string_equal(sio__url_query_start("/a"), "");
    check_take("", 1, "", 0, "");
    check_take("a=b&c", 1, "a", 1, "=b&c");
    check_take("a=b&c", 0, "a=b", 3, "&c");
    check_take("a&c", 1, "a", 1, "&c");
    check_take("a#c", 0, "a", 1, "#c");
    check_take("+%41%2b%26%3d=", 1, " A+&=", 5, "=");
    check_take("%", 0, "%", 1, "");
    check_take("%4", 0, "%4", 2, "");
    check_take("%4&", 0, "%4", 2, "&");
    check_take("a%00b%00c&", 0, "a", 1, "&");
    check_take("\xc3\xa9", 0, "\xc3\xa9", 2, "");
}

static void walking(void **state) {
    const char *cursor = "/p?a=1&&b&=c&d=%20#e=2", *name, *value;
    size_t name_length, value_length;
    char seen[64] = "";
    (void) state;
    while (sio__url_query_next(&cursor, &name, &name_length, &value, &value_length)) {
        strncat(seen, name, name_length);
        strcat(seen, ":");
        strncat(seen, value, value_length);
        strcat(seen, " ");
    }
    assert_string_equal(seen, "a:1 b: :c d:%20 ");
    assert_int_equal(sio__url_query_next(&cursor, &name, &name_length, &value, &value_length), 0);
}

static void decoded_values(void **state) {
    sio__buf_t out = {0};
    (void) state;
    assert_int_equal(sio__url_query_decoded("/?a=1%2B+2&b=", "a", &out), 0);
    assert_string_equal(out.data, "1+ 2");
    assert_int_equal(out.length, 5);
    assert_int_equal(sio__url_query_decoded("/?a=1&b=", "b", &out), 0);
    assert_string_equal(out.data + 5, "");
    assert_int_equal(sio__url_query_decoded("/?a=1", "c", &out), SIO_ENOENT);
    assert_int_equal(out.length, 6);
    sio__buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decoding),
        cmocka_unit_test(stray_percents_stay),
        cmocka_unit_test(a_decoded_nul_counts),
        cmocka_unit_test(decoding_paths),
        cmocka_unit_test(paths),
        cmocka_unit_test(queries),
        cmocka_unit_test(taking),
        cmocka_unit_test(walking),
        cmocka_unit_test(decoded_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
