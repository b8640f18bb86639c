/* MD5 against the vectors of RFC 1321 and the example of the WebSocket draft 76. */
#include "base/md5.h"
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
    unsigned char digest[16];
    char hex[33];

    assert_non_null(data);
    for (size_t i = 0; i < times; i++)
        memcpy(data + i * length, text, length);
    sio__md5(digest, data, length * times);
    for (unsigned i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
    free(data);
}

static void rfc1321(void **state) {
    (void) state;
    is("", 1, "d41d8cd98f00b204e9800998ecf8427e");
    is("a", 1, "0cc175b9c0f1b6a831c399e269772661");
    is("abc", 1, "900150983cd24fb0d6963f7d28e17f72");
    is("message digest", 1, "f96b697d7cb7938d525a2f31aaf161d0");
    is("abcdefghijklmnopqrstuvwxyz", 1, "c3fcd3d76192e4007dfb496cca67e13b");
    is("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 1,
       "d174ab98d277d9f5a5611c2c9f419d9f");
    is("1234567890", 8, "57edf4a22be3c955ac49da2e2107b67a");
    is("a", 1000000, "7707d6ae4e027c70eea2a935c2296f21");
}

/* The padding needs a second block from 56 bytes on. */
static void around_the_block(void **state) {
    (void) state;
    is("a", 55, "ef1772b6dff9a122358552954ad0df65");
    is("a", 56, "3b0c8ac703f828b04c6c197006d17218");
    is("a", 63, "b06521f39153d618550606be297466d5");
    is("a", 64, "014842d480b571495a4a0363793f7367");
    is("a", 65, "c743a45e0d2e6a95cb859adae0248435");
    is("a", 119, "8a7bd0732ed6a28ce75f6dabc90e1613");
    is("a", 120, "5f61c0ccad4cac44c75ff505e1f1e537");
}

static void draft_76(void **state) {
    unsigned char digest[16];
    (void) state;
    sio__md5(digest, "\x09\x47\xfa\x63\x0a\x55\x10\xd3Tm[K T2u", 16);
    assert_memory_equal(digest, "fQJ,fN/4F4!~K~MH", 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc1321),
        cmocka_unit_test(around_the_block),
        cmocka_unit_test(draft_76),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
