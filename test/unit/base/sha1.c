/* SHA-1 against the vectors of RFC 3174 and the example of RFC 6455. */
#include "base/sha1.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *text, size_t times, const char *expected) {
    size_t length = strlen(text);
    char *data = malloc(length * times + 1);
    unsigned char digest[20];
    char hex[41];

    assert_non_null(data);
    for (size_t i = 0; i < times; i++)
        memcpy(data + i * length, text, length);
    sio__sha1(digest, data, length * times);
    for (unsigned i = 0; i < 20; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
    free(data);
}

static void rfc3174(void **state) {
    (void) state;
    is("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
       "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    is("a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    is("0123456701234567012345670123456701234567012345670123456701234567", 10,
       "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

/* The padding needs a second block from 56 bytes on. */
static void around_the_block(void **state) {
    (void) state;
    is("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    is("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    is("a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    is("a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    is("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    is("a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b");
    is("a", 119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56");
    is("a", 120, "f34c1488385346a55709ba056ddd08280dd4c6d6");
}

static void rfc6455(void **state) {
    (void) state;
    is("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 1,
       "b37a4f2cc0624f1690f64606cf385945b2bec4ea");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3174),
        cmocka_unit_test(around_the_block),
        cmocka_unit_test(rfc6455),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
