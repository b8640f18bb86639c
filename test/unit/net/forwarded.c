/* Trusted proxies and what they say. */
#include "net/forwarded.h"
#include <setjmp.h>
#include <sio/error.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int trusts(const char *list, const char *address) {
    sio__proxies_t *proxies;
    assert_int_equal(sio__proxies_new(&proxies, list), 0);
    int trusted = sio__proxies_trust(proxies, address);
    sio__proxies_free(proxies);
    return trusted;
}

static void who_is_trusted(void **state) {
    (void) state;
    assert_false(trusts(NULL, "127.0.0.1"));
    assert_false(trusts("", "127.0.0.1"));
    assert_false(trusts("", ""));
    assert_true(trusts("127.0.0.1", "127.0.0.1"));
    assert_false(trusts("127.0.0.1", "127.0.0.2"));
    assert_true(trusts(" 10.0.0.1 , 127.0.0.1 ", "127.0.0.1"));
    assert_true(trusts("::1", "::1"));
    assert_true(trusts("0:0:0:0:0:0:0:1", "::1"));
    assert_false(trusts("::1", "127.0.0.1"));
    assert_true(trusts("pipe", ""));
    assert_false(trusts("127.0.0.1", ""));
    assert_false(trusts("pipe", "127.0.0.1"));
    assert_false(trusts("0.0.0.0/0", "nonsense"));
}

static void networks(void **state) {
    (void) state;
    assert_true(trusts("10.0.0.0/8", "10.255.1.2"));
    assert_false(trusts("10.0.0.0/8", "11.0.0.0"));
    assert_true(trusts("192.168.4.0/22", "192.168.7.255"));
    assert_false(trusts("192.168.4.0/22", "192.168.8.0"));
    assert_true(trusts("10.1.2.3/32", "10.1.2.3"));
    assert_false(trusts("10.1.2.3/32", "10.1.2.2"));
    assert_true(trusts("0.0.0.0/0", "255.1.2.3"));
    assert_false(trusts("0.0.0.0/0", "2001:db8::1"));
    assert_true(trusts("2001:db8::/32", "2001:db8:ffff::1"));
    assert_false(trusts("2001:db8::/32", "2001:db9::1"));
    assert_true(trusts("::/0", "10.0.0.1"));
    /* However the address of an IPv4 peer on a dual-stack socket is written. */
    assert_true(trusts("10.0.0.0/8", "::ffff:10.9.9.9"));
    assert_true(trusts("::ffff:10.0.0.0/104", "10.9.9.9"));
    assert_false(trusts("::ffff:10.0.0.0/104", "11.9.9.9"));
}

static void bad_lists(void **state) {
    static const char *const lists[] = {
        "localhost", "127.0.0.1:80", "127.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
        "10.0.0.0/8x", "::/129", "[::1]", "127.0.0.1,what", "10.0.0.0/0008", "pipes",
        "11111111111111111111111111111111111111111111111111",
    };
    sio__proxies_t *proxies = NULL;
    (void) state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        assert_int_equal(sio__proxies_new(&proxies, lists[i]), SIO_EINVAL);
    assert_null(proxies);
}

static void check_client(const char *list, const char *peer, const char *forwarded,
                         const char *expected, size_t expected_hops) {
    sio__proxies_t *proxies;
    char client[SIO__ADDRESS_SIZE];
    assert_int_equal(sio__proxies_new(&proxies, list), 0);
    assert_int_equal(sio__forwarded_client(proxies, peer, forwarded, client), expected_hops);
    assert_string_equal(client, expected);
    sio__proxies_free(proxies);
}

static void the_client_behind_proxies(void **state) {
    (void) state;
    check_client("127.0.0.1", "127.0.0.1", NULL, "127.0.0.1", 0);
    check_client("127.0.0.1", "127.0.0.1", "", "127.0.0.1", 0);
    check_client("127.0.0.1", "127.0.0.1", "1.2.3.4", "1.2.3.4", 1);
    check_client("10.0.0.0/8", "127.0.0.1", "1.2.3.4", "127.0.0.1", 0);
    check_client("127.0.0.1", "127.0.0.1", "1.2.3.4:5678", "1.2.3.4", 1);
    check_client("127.0.0.1", "127.0.0.1", "2001:db8::1", "2001:db8::1", 1);
    check_client("127.0.0.1", "127.0.0.1", "[2001:db8::1]", "2001:db8::1", 1);
    check_client("127.0.0.1", "127.0.0.1", "[2001:db8::1]:5678", "2001:db8::1", 1);
    check_client("127.0.0.1", "127.0.0.1", "\"[2001:db8::1]:5678\"", "2001:db8::1", 1);
    check_client("127.0.0.1", "127.0.0.1", "::ffff:1.2.3.4", "1.2.3.4", 1);
    check_client("pipe", "", "1.2.3.4", "1.2.3.4", 1);
}

static void lists_are_read_from_the_right(void **state) {
    (void) state;
    /* What an untrusted client wrote itself is not believed. */
    check_client("127.0.0.1", "127.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4", 1);
    check_client("127.0.0.1,10.0.0.0/8", "127.0.0.1", "6.6.6.6,1.2.3.4 ,10.0.0.7:80", "1.2.3.4", 2);
    check_client("127.0.0.1,10.0.0.0/8", "127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1", 2);
    check_client("pipe,10.0.0.0/8", "", "1.2.3.4, 10.0.0.2", "1.2.3.4", 2);
}

static void nonsense_ends_the_list(void **state) {
    static const char *const bad[] = {
        "unknown", "_hidden", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456", "[::1", "[::1]x", "[::1]:",
        "[]", "[", "\"", "\"\"", "1.2.3.4,", ",", " ", "1.2.3", "::1::2", "1.2.3.4 5",
        "11111111111111111111111111111111111111111111111111111",
    };
    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_client("127.0.0.1", "127.0.0.1", bad[i], "127.0.0.1", 0);
    check_client("127.0.0.1,10.0.0.0/8", "127.0.0.1", "1.2.3.4, unknown, 10.0.0.2", "10.0.0.2", 1);
}

static void schemes(void **state) {
    (void) state;
    assert_false(sio__forwarded_secure(NULL, 1));
    assert_false(sio__forwarded_secure("", 1));
    assert_true(sio__forwarded_secure("https", 1));
    assert_true(sio__forwarded_secure("HTTPS", 0));
    assert_false(sio__forwarded_secure("http", 1));
    assert_false(sio__forwarded_secure("httpss", 1));
    assert_false(sio__forwarded_secure("https, http", 1));
    assert_true(sio__forwarded_secure("https, http", 2));
    assert_true(sio__forwarded_secure("https", 2));
    assert_false(sio__forwarded_secure("https,http,https", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_trusted),
        cmocka_unit_test(networks),
        cmocka_unit_test(bad_lists),
        cmocka_unit_test(the_client_behind_proxies),
        cmocka_unit_test(lists_are_read_from_the_right),
        cmocka_unit_test(nonsense_ends_the_list),
        cmocka_unit_test(schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
