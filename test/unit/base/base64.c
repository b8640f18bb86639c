/* Base64 both ways. */
#include "base/base64.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rfc4648(void **state) {
    static const char *const vectors[][2] = {
        {"", ""},           {"f", "Zg=="},         {"fo", "Zm8="},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *plain = vectors[i][0], *coded = vectors[i][1];
        char out[16], back[16];
        size_t length = sio__base64_length(strlen(plain));
        assert_int_equal(length, strlen(coded));
        sio__base64_encode(out, plain, strlen(plain));
        assert_memory_equal(out, coded, length);
        assert_int_equal(sio__base64_decode(back, coded, length), strlen(plain));
        assert_memory_equal(back, plain, strlen(plain));
    }
}

static void both_alphabets(void **state) {
    const unsigned char data[] = {0xfb, 0xff, 0xbf, 0x00, 0x10, 0x83};
    unsigned char back[16];
    char out[8];

    (void) state;
    sio__base64_encode(out, data, 6);
    assert_memory_equal(out, "+/+/ABCD", 8);
    sio__base64url_encode(out, data, 6);
    assert_memory_equal(out, "-_-_ABCD", 8);
    assert_int_equal(sio__base64_decode(back, "+/-_ABCD", 8), 6);
    assert_memory_equal(back, data, 6);
}

static void there_and_back(void **state) {
    unsigned char data[256];
    char *coded;
    unsigned char *back;

    (void) state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char) (i * 167 + 13);
    for (size_t length = 0; length <= sizeof(data); length++) {
        size_t size = sio__base64_length(length);
        coded = malloc(size + 1);
        back = malloc(size / 4 * 3 + 3);
        assert_non_null(coded);
        assert_non_null(back);
        sio__base64_encode(coded, data, length);
        assert_int_equal(sio__base64_decode(back, coded, size), length);
        assert_memory_equal(back, data, length);
        /* in place */
        assert_int_equal(sio__base64_decode(coded, coded, size), length);
        assert_memory_equal(coded, data, length);
        free(coded);
        free(back);
    }
}

/* The results are those of Node's Buffer.from(text, "base64"). */
static void as_node(void **state) {
    static const char *const cases[][2] = {
        {"YQ==YQ==", "a"},      {"YQ", "a"},      {"YWI", "ab"},      {"Y", ""},
        {"YWJj=ZGVm", "abc"},   {"Y W\nJj", "abc"}, {"YWJj!ZGVm", "abcdef"}, {"YQ=", "a"},
        {"=YQ", ""},            {"YWJjZ", "abc"}, {"YWJjZA", "abcd"}, {"====", ""},
        {"Y=Q=", ""},           {"\x80YW\xffJj", "abc"}, {"Y!WJjZGVm", "abcdef"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = strlen(cases[i][0]);
        char *out = malloc(length / 4 * 3 + 3);
        size_t got;
        assert_non_null(out);
        got = sio__base64_decode(out, cases[i][0], length);
        assert_int_equal(got, strlen(cases[i][1]));
        assert_memory_equal(out, cases[i][1], got);
        free(out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc4648),
        cmocka_unit_test(both_alphabets),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(as_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
